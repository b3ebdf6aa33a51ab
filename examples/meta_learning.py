"""What adapting to a user's first pairs adds: meta-learners, their controls, baselines.

    python examples/meta_learning.py data/processed/mars --out results.json

Every method starts from the same model, trained plainly on train's pairs, and goes on
with train's episodes; what differs is whether and how it adapts to the support. All
that is chosen is chosen by NDCG@10 on val (view first); test is scored once per seed.
docs/training.md has the results and what they say.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

import mooc_episodes
from adaptation import Learner, learnt_rates, one_rate
from mooc_episodes import Data, Result
from training import (
    Schedule,
    Settings,
    on_val,
    trained_on_episodes,
    trained_on_pairs,
)

VIEWS = ("first", "all")
PLAIN, TUNED = "plain", "plain, fine-tuned"
META = ("MAML", "MAML, first order", "ANIL", "Meta-SGD")
LEARNERS = (PLAIN, TUNED, *META)
RULES = ("markov_next_item, past", "markov_next_item, all")
RECORDED = ("split_method", "episode_k", "episode_q")
QUICK = Settings(
    width=8,
    pairs=Schedule(64, 0.003, 2, 1, 1),
    episodes=Schedule(16, 0.001, 2, 1, 1),
    meta_rates=(0.1,),
    tuned_rates=(0.1,),
    tuned_steps=(1,),
)


@dataclass(frozen=True)
class Trained:
    """A learner, and what was chosen for it on val.

    Attributes:
        learner: The learner.
        chosen: What was chosen.
        figure: Its figure on val.
    """

    learner: Learner
    chosen: dict[str, Any]
    figure: float


def learner_of(name: str, model: Any, rate: float) -> Learner:
    """A method's learner before it is trained on episodes.

    Args:
        name: One of META.
        model: What it starts from; it is copied.
        rate: The rate of adaptation, or what rates that are learnt start from.
    """
    model = copy.deepcopy(model)
    if name == "Meta-SGD":
        return Learner(model, learnt_rates(model, rate, "encoder", "head"))
    parts = ("head",) if name == "ANIL" else ("encoder", "head")
    second_order = name != "MAML, first order"
    return Learner(model, one_rate(model, rate, *parts), second_order=second_order)


def meta_trained(
    name: str, data: Data, start: Any, seed: int, settings: Settings
) -> Trained:
    """The best on val over the rates tried."""
    tried = []
    for rate in settings.meta_rates:
        learner = learner_of(name, start, rate)
        figure = trained_on_episodes(data, learner, seed, settings)
        tried.append(Trained(learner, {"rate": rate}, figure))
    return max(tried, key=lambda one: one.figure)


def fine_tuned(data: Data, plain: Learner, settings: Settings) -> Trained:
    """The plainly trained model, adapting as is best on val."""
    tried = []
    for parts in (("head",), ("encoder", "head")):
        for rate in settings.tuned_rates:
            for steps in settings.tuned_steps:
                learner = Learner(
                    plain.model, one_rate(plain.model, rate, *parts), steps
                )
                chosen = {"adapts": [*parts], "rate": rate, "steps": steps}
                figure = on_val(data, learner, settings)
                tried.append(Trained(learner, chosen, figure))
    return max(tried, key=lambda one: one.figure)


def train_all(data: Data, seed: int, settings: Settings) -> dict[str, Trained]:
    """Each of LEARNERS, trained with one seed."""
    start = trained_on_pairs(data, seed, settings)
    plain = Learner(copy.deepcopy(start), {})
    figure = trained_on_episodes(data, plain, seed, settings)
    found = {
        PLAIN: Trained(plain, {}, figure),
        TUNED: fine_tuned(data, plain, settings),
    }
    for name in META:
        found[name] = meta_trained(name, data, start, seed, settings)
    return found


def score_all(
    data: Data, trained: dict[str, Trained], settings: Settings
) -> dict[tuple[str, str], Result]:
    """Test, once: each learner in each view, and meta-learners without adaptation."""
    learners = {name: one.learner for name, one in trained.items()}
    for name in META:
        learners[f"{name}, not adapted"] = replace(learners[name], rates={})
    return {
        (view, name): data.evaluate(
            learner, "test", view, max_len=settings.max_len, name=name
        )
        for view in VIEWS
        for name, learner in learners.items()
    }


def mean_of_seeds(results: list[Result]) -> Result:
    """One result of several seeds: each user's values are the means over the seeds.

    Its intervals are those over users; what seeds do is shown next to them.
    """
    values = np.mean([result.values for result in results], axis=0)
    return Result(results[0].name, results[0].queries, values)


def pairs_compared() -> list[tuple[str, str]]:
    """Which results are compared, user by user."""
    return [
        *((name, PLAIN) for name in (TUNED, *META)),
        *((name, TUNED) for name in META),
        *((name, f"{name}, not adapted") for name in META),
        *((name, rule) for rule in RULES for name in LEARNERS),
    ]


def run(data: Data, seeds: list[int], settings: Settings) -> dict[str, Any]:
    """Train, choose and score; the figures, ready for JSON."""
    chosen, scored = [], []
    for seed in seeds:
        trained = train_all(data, seed, settings)
        chosen.append({name: one.chosen for name, one in trained.items()})
        scored.append(score_all(data, trained, settings))
        print(f"seed {seed}: trained", file=sys.stderr)
    learners, rules, differences = [], [], []
    for view in VIEWS:
        names = [name for own_view, name in scored[0] if own_view == view]
        found = {
            name: mean_of_seeds([one[view, name] for one in scored]) for name in names
        }
        for name in names:
            each = [round(one[view, name].hr, 6) for one in scored]
            learners.append(found[name].row() | {"hr_of_seeds": each})
        baselines = data.baselines("test", view)
        rules += [result.row() for result in baselines.values()]
        found |= baselines
        differences += [found[a].compare(found[b]).row() for a, b in pairs_compared()]
        shown = [found[name] for name in (*META, *baselines)]
        print(found[PLAIN].table(found[TUNED], *shown), end="\n\n")
    return {
        "dataset": data.dataset,
        "fingerprint": data.fingerprint,
        **{name: data.settings[name] for name in RECORDED},
        "seeds": seeds,
        "settings": asdict(settings),
        "chosen_on_val": chosen,
        "learners": learners,
        "baselines": rules,
        "differences": differences,
    }


def as_text(found: dict[str, Any]) -> str:
    """JSON with a row on a line.

    >>> print(as_text({"seeds": 3, "rows": [{"hr": 0.5}, {"hr": 1.0}]}), end="")
    {
    "seeds": 3,
    "rows": [
      {"hr": 0.5},
      {"hr": 1.0}
    ]
    }
    """
    parts = []
    for key, value in found.items():
        text = json.dumps(value)
        if isinstance(value, list) and value and isinstance(value[0], dict):
            text = "[\n  " + ",\n  ".join(map(json.dumps, value)) + "\n]"
        parts.append(f"{json.dumps(key)}: {text}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(
        description="Train meta-learners and their controls on a published folder."
    )
    parser.add_argument("folder", help="e.g. data/processed/mars")
    parser.add_argument("--out", type=Path, help="where to write the results, as JSON")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--threads", type=int, default=1, help="of PyTorch; default 1")
    parser.add_argument(
        "--quick", action="store_true", help="a few steps, to see that it runs"
    )
    given = parser.parse_args()
    if given.threads < 1:
        parser.error(f"--threads is {given.threads}; it must be 1 or more")
    if given.out and not given.out.parent.is_dir():
        parser.error(f"--out: there is no folder {given.out.parent}; make it first")
    torch.set_num_threads(given.threads)
    torch.use_deterministic_algorithms(True)
    try:
        data = mooc_episodes.open(given.folder)
        empty = [split for split in data.splits if not len(data.episodes(split))]
    except mooc_episodes.FolderError as error:
        print(f"meta_learning: {error}", file=sys.stderr)
        return 1
    if empty:
        print(
            f"meta_learning: {given.folder}: {', '.join(empty)} has no episodes; "
            "build with a smaller episode_k or episode_q, or more users",
            file=sys.stderr,
        )
        return 1
    found = run(data, given.seeds, QUICK if given.quick else Settings())
    versions = {"mooc_episodes": mooc_episodes.__version__, "torch": torch.__version__}
    found["run"] = versions | {
        "threads": given.threads,
        "cpu_seconds": round(time.process_time()),
    }
    if given.out:
        given.out.write_text(as_text(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
