"""examples/: what docs/training.md says they compute, and that they run."""

import copy
import doctest
import json
import math
import re
import subprocess
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mooc_episodes
from conftest import PROJECT, Workspace

torch = pytest.importorskip(
    "torch", reason="PyTorch is not installed: pip install torch"
)

from torch import nn  # noqa: E402

import adaptation  # noqa: E402
import meta_learning  # noqa: E402
import tables  # noqa: E402
import training  # noqa: E402
from adaptation import Learner, learnt_rates, one_rate  # noqa: E402
from gru import GRU, Recommender  # noqa: E402
from mooc_episodes.torch import tensors  # noqa: E402

EXAMPLES = PROJECT / "examples"


@pytest.fixture(scope="module")
def folder(sample: Workspace) -> Path:
    return sample.processed / "sample.compact"


@pytest.fixture(scope="module")
def data(folder: Path) -> mooc_episodes.Data:
    return mooc_episodes.open(folder)


@pytest.fixture(scope="module")
def model(data: mooc_episodes.Data) -> Recommender:
    return training.trained_on_pairs(data, 0, meta_learning.QUICK)


def command(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(EXAMPLES / script), *arguments],
        env={"PYTHONPATH": str(PROJECT / "src"), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


# one weight w, prefixes of one number x, labels 0: the scores are w*x and 0, so the
# loss is log(1 + exp(-w*x)), its slope -x*s(-w*x) and its curvature
# x^2*s(w*x)*s(-w*x), where s is the sigmoid. At w = 0, a support of x = 2 has slope -1
# and curvature 1; at a rate of 1/4 the step leads to w = 1/4, where a query of x = 4
# has slope -4*s(-1).
class OneWeight(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.zeros(()))

    def forward(self, x: Any) -> Any:
        own = self.w * x[:, 0]
        return torch.stack([own, torch.zeros_like(own)], -1)


ONE_EPISODE: Any = {
    "support_x": torch.tensor([[[2.0]]]),
    "support_y": torch.tensor([[0]]),
    "query_x": torch.tensor([[[4.0]]]),
    "query_y": torch.tensor([[0]]),
}
SLOPE = -4 / (1 + math.e)


def batch_of(**known: Any) -> Any:
    nothing = torch.zeros(1)
    fields = mooc_episodes.EpisodeBatch._fields
    return mooc_episodes.EpisodeBatch(
        **{name: known.get(name, nothing) for name in fields}
    )


@pytest.mark.parametrize(
    ("second_order", "expected"), [(True, SLOPE * (1 - 1 / 4)), (False, SLOPE)]
)
def test_the_gradient_of_each_order_is_that_worked_out_by_hand(
    second_order: bool, expected: float
) -> None:
    model = OneWeight()
    learner = Learner(model, {"w": 0.25}, second_order=second_order)
    adapted = learner.adapted(*(ONE_EPISODE[name][0] for name in list(ONE_EPISODE)[:2]))
    assert adapted["w"].item() == pytest.approx(0.25)
    learner.loss(batch_of(**ONE_EPISODE)).backward()
    assert model.w.grad.item() == pytest.approx(expected, abs=1e-6)


def test_a_rate_is_learnt_by_its_gradient_worked_out_by_hand() -> None:
    model = OneWeight()
    # as the step is minus rate times slope, and the slope is -1, a rate acts as w does
    rates = {"w": nn.Parameter(torch.tensor(0.25))}
    Learner(model, rates).loss(batch_of(**ONE_EPISODE)).backward()
    assert rates["w"].grad.item() == pytest.approx(SLOPE, abs=1e-6)


def test_two_steps_go_on_from_the_first() -> None:
    learner = Learner(OneWeight(), {"w": 0.25}, steps=2)
    adapted = learner.adapted(torch.tensor([[2.0]]), torch.tensor([0]))
    second = 0.25 * 2 / (1 + math.exp(0.5))
    assert adapted["w"].item() == pytest.approx(0.25 + second, abs=1e-6)


@pytest.mark.parametrize("second_order", [True, False])
def test_only_the_second_order_is_the_gradient_of_what_is_computed(
    second_order: bool, data: mooc_episodes.Data
) -> None:
    torch.manual_seed(0)
    model = Recommender(len(data.items), width=4).double().eval()
    learner = Learner(model, one_rate(model, 2.0, "encoder", "head"), 2, second_order)
    batch = tensors(data.episodes("train", max_len=5).take(range(8)))
    learner.loss(batch).backward()
    weight = model.head.weight
    way = torch.randn(4, 4, dtype=torch.float64)
    found = (weight.grad * way).sum().item()
    with torch.no_grad():
        weight += 1e-5 * way
        more = learner.loss(batch).item()
        weight -= 2e-5 * way
        less = learner.loss(batch).item()
    slope = (more - less) / 2e-5
    assert (found == pytest.approx(slope, rel=1e-5)) is second_order


def test_the_gru_is_torch_s() -> None:
    torch.manual_seed(0)
    own, expected = GRU(5), nn.GRU(5, 5, batch_first=True)
    with torch.no_grad():
        for mine, theirs in (("reads", "ih"), ("remembers", "hh")):
            getattr(own, mine).weight.copy_(getattr(expected, f"weight_{theirs}_l0"))
            getattr(own, mine).bias.copy_(getattr(expected, f"bias_{theirs}_l0"))
    vectors = torch.randn(3, 7, 5)
    mask = torch.ones(3, 7, dtype=torch.bool)
    torch.testing.assert_close(own(vectors, mask), expected(vectors)[1][0])
    mask[:, :4] = False
    torch.testing.assert_close(own(vectors, mask), expected(vectors[:, 4:])[1][0])


def test_scores_do_not_depend_on_the_padding(
    data: mooc_episodes.Data, model: Recommender
) -> None:
    model.eval()
    x = torch.tensor([[3, 1, 2]])
    padded = torch.tensor([[0, 0, 3, 1, 2]])
    torch.testing.assert_close(model(x), model(padded))
    assert model(x).shape == (1, len(data.items))


def test_adapting_at_rate_0_changes_no_figure(
    data: mooc_episodes.Data, model: Recommender
) -> None:
    parts = ("encoder", "head")
    figures = {}
    for rate in (None, 0.0, 3.0):
        rates = {} if rate is None else one_rate(model, rate, *parts)
        learner = Learner(model, rates)
        figures[rate] = data.evaluate(learner, "test", max_len=10).values
    assert np.array_equal(figures[0.0], figures[None])
    assert not np.array_equal(figures[3.0], figures[None])


def test_each_method_adapts_what_it_says(model: Recommender) -> None:
    parts = {name.split(".")[0] for name, _ in model.named_parameters()}
    assert parts == {"items", "bias", "encoder", "head"}
    for name in meta_learning.META:
        learner = meta_learning.learner_of(name, model, 0.1)
        own = {key.split(".")[0] for key in learner.rates}
        assert own == ({"head"} if name == "ANIL" else {"encoder", "head"})
        assert learner.second_order is (name != "MAML, first order")
        learnt = [isinstance(rate, nn.Parameter) for rate in learner.rates.values()]
        assert all(learnt) if name == "Meta-SGD" else not any(learnt)
        adapted = learner.adapted(torch.tensor([[1, 2]]), torch.tensor([3]))
        weights = dict(learner.model.named_parameters())
        changed = {key for key in weights if not adapted[key].equal(weights[key])}
        assert changed == set(learner.rates)


def test_training_changes_the_rates_that_are_learnt_and_no_others(
    data: mooc_episodes.Data, model: Recommender
) -> None:
    for name in ("MAML", "Meta-SGD"):
        learner = meta_learning.learner_of(name, model, 0.1)
        before = copy.deepcopy(learner.rates)
        training.trained_on_episodes(data, learner, 0, meta_learning.QUICK)
        rates = [(learner.rates[key], before[key]) for key in before]
        if name == "MAML":
            assert all(now == then for now, then in rates)
        else:
            assert not any(now.equal(then) for now, then in rates)
        before_training = dict(model.named_parameters())
        trained = dict(learner.model.named_parameters())
        assert not any(own.equal(before_training[key]) for key, own in trained.items())


def same_item_again(n_items: int, chosen: Any) -> Any:
    """Episodes of users who always take one item; all prefixes are the same."""
    liked = torch.randint(n_items, (32, 1), generator=chosen).expand(32, 2)
    x = torch.ones(32, 2, 3, dtype=torch.int64)
    return batch_of(support_x=x, support_y=liked, query_x=x, query_y=liked)


@pytest.mark.parametrize("name", ["plain", *meta_learning.META])
def test_where_only_the_support_knows_the_user_all_but_plain_learn_to_adapt(
    name: str,
) -> None:
    torch.manual_seed(0)
    chosen = torch.Generator().manual_seed(0)
    model = Recommender(8, width=8, dropout=0)
    learner = Learner(model, {})
    if name != "plain":
        learner = meta_learning.learner_of(name, model, 0.3)
    optimizer = torch.optim.AdamW(learner.model.parameters(), lr=0.02)
    for _ in range(150):
        optimizer.zero_grad()
        learner.loss(same_item_again(8, chosen)).backward()
        optimizer.step()
    loss = learner.loss(same_item_again(8, chosen)).item()
    if name == "plain":
        # one of 8 items, and nothing says which
        assert loss == pytest.approx(math.log(8), abs=0.1)
    else:
        assert loss < 0.01


def test_training_keeps_the_best_state_looked_at(data: mooc_episodes.Data) -> None:
    counted = nn.Linear(1, 1, bias=False)
    states: list[float] = []
    figures = iter([0.1, 0.3, 0.2, 0.1, 0.9])

    def figure() -> float:
        states.append(counted.weight.item())
        return next(figures)

    best = training.fit(
        counted,
        lambda batch: counted.weight.sum(),
        data.pairs("val", max_len=2),
        0,
        figure,
        training.Schedule(50, 0.1, 3, 2, 10),
    )
    assert (best, len(states)) == (0.3, 4)
    assert len(set(states)) == 4
    assert counted.weight.item() == states[1]


def test_the_values_of_users_are_averaged_over_seeds(data: mooc_episodes.Data) -> None:
    one, two = data.baselines("test")["random"], data.baselines("test")["next_item"]
    mean = meta_learning.mean_of_seeds([one, two])
    assert mean.values == pytest.approx((one.values + two.values) / 2)
    assert mean.hr == pytest.approx((one.hr + two.hr) / 2)
    assert mean.compare(one).hr == pytest.approx((two.hr - one.hr) / 2)


def test_the_same_seed_gives_the_same_figures(
    data: mooc_episodes.Data, folder: Path
) -> None:
    # long enough that scores differ
    settings = replace(
        meta_learning.QUICK,
        pairs=training.Schedule(256, 0.01, 40, 1, 1),
        episodes=training.Schedule(16, 0.001, 2, 1, 1),
    )
    one = meta_learning.run(data, [0], settings)
    assert meta_learning.run(mooc_episodes.open(folder), [0], settings) == one
    both = meta_learning.run(data, [0, 1], settings)
    assert both["baselines"] == one["baselines"]
    assert any(len({*row["hr_of_seeds"]}) == 2 for row in both["learners"])
    for row, first in zip(both["learners"], one["learners"], strict=True):
        assert row["hr_of_seeds"][0] == first["hr"]
        mean = sum(row["hr_of_seeds"]) / 2
        assert row["hr"] == pytest.approx(mean, abs=1e-6)


def test_the_command_writes_figures_and_what_they_are_of(
    data: mooc_episodes.Data, folder: Path, tmp_path: Path
) -> None:
    out = tmp_path / "results.json"
    done = command(
        "meta_learning.py", str(folder), "--quick", "--seeds", "7", f"--out={out}"
    )
    assert done.returncode == 0, done.stderr
    assert "plain, fine-tuned" in done.stdout
    found = json.loads(out.read_text())
    assert found["fingerprint"] == data.fingerprint
    assert found["seeds"] == [7]
    assert found["run"]["torch"] == torch.__version__
    rows = {(row["view"], row["name"]) for row in found["baselines"]}
    assert rows == {
        (view, name) for view in ("first", "all") for name in data.baselines("test")
    }
    hr = {
        (row["view"], row["name"]): row["hr"]
        for row in found["learners"] + found["baselines"]
    }
    assert len(found["differences"]) == 2 * len(meta_learning.pairs_compared())
    for view in ("first", "all"):
        for one, other in meta_learning.pairs_compared():
            [row] = [
                row
                for row in found["differences"]
                if (row["view"], row["name"]) == (view, f"{one} - {other}")
            ]
            expected = hr[view, one] - hr[view, other]
            assert row["hr"] == pytest.approx(expected, abs=2e-6)


def test_a_wrong_folder_is_reported_in_one_line(tmp_path: Path) -> None:
    done = command("meta_learning.py", str(tmp_path))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("meta_learning: ")
    assert done.stderr.count("\n") == 1


def test_a_model_of_your_own_takes_15_lines(folder: Path) -> None:
    text = (EXAMPLES / "own_model.py").read_text()
    _, code = text.split("# 15 lines")
    lines = [line for line in code.splitlines()[1:] if line and '"""' not in line]
    assert len(lines) == 15
    done = command("own_model.py", str(folder))
    assert done.returncode == 0, done.stderr
    assert any(line.startswith("my_model ") for line in done.stdout.splitlines())
    assert any(line.startswith("markov_next_item") for line in done.stdout.splitlines())


def test_a_model_chosen_on_val_is_compared_with_the_rule_that_is_best_there(
    data: mooc_episodes.Data, folder: Path
) -> None:
    done = command("chosen_on_val.py", str(folder))
    assert done.returncode == 0, done.stderr
    stops = re.findall(
        r"^seed (\d): best on val after epoch (\d+), ended after (\d+)$",
        done.stdout,
        re.MULTILINE,
    )
    assert [int(seed) for seed, _, _ in stops] == [0, 1, 2]
    assert all(int(last) == min(int(best) + 5, 99) for _, best, last in stops)
    on_val = data.baselines("val", "first")
    best = max(
        (name for name in on_val if "thinned" not in name),
        key=lambda name: on_val[name].ndcg,
    )
    assert f"\nbest rule on val: {best}\n" in done.stdout
    assert f"\nmy_model - {best}; sample, test, view first: " in done.stdout
    # the mean over users of the means over seeds is that of the seeds
    [seeds] = re.findall(r"^HR@10 of the seeds: (.*)$", done.stdout, re.MULTILINE)
    [mean] = re.findall(r"^my_model +(\S+) \[", done.stdout, re.MULTILINE)
    of_seeds = [float(seed) for seed in seeds.split()]
    assert float(mean) == pytest.approx(sum(of_seeds) / 3, abs=2e-4)


def test_the_command_for_tables_says_what_it_takes(tmp_path: Path) -> None:
    done = command("tables.py", "--help")
    assert done.returncode == 0
    assert "meta_learning.py --out" in done.stdout
    assert command("tables.py").returncode == 2
    (tmp_path / "other.json").write_text("[]")
    for name in ("none.json", "other.json"):
        done = command("tables.py", str(tmp_path / name))
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith(f"tables: {tmp_path / name}: cannot be read as")
        assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("module", [adaptation, meta_learning])
def test_the_examples_in_docstrings_are_right(module: Any) -> None:
    done = doctest.testmod(module)
    assert (done.failed, done.attempted > 0) == (0, True)


def test_learnt_rates_start_from_the_rate_given(model: Recommender) -> None:
    rates = learnt_rates(model, 0.5, "head")
    assert {name: rate.shape for name, rate in rates.items()} == {
        "head.weight": model.head.weight.shape,
        "head.bias": model.head.bias.shape,
    }
    assert all((rate == 0.5).all() for rate in rates.values())


# docs/training.md

PAGE = (PROJECT / "docs" / "training.md").read_text()
RESULTS = sorted((EXAMPLES / "results").glob("*.json"))


def test_the_page_s_own_model_is_the_example() -> None:
    text = (EXAMPLES / "own_model.py").read_text()
    code = text.split('"""', 2)[2].strip()
    assert f"```python\n{code}\n```" in PAGE


def test_the_page_s_training_is_that_of_the_example() -> None:
    text = (EXAMPLES / "chosen_on_val.py").read_text()
    code = text[text.index("def trained(") : text.index("of_seeds = ")].strip()
    assert f"```python\n{code}\n```" in PAGE


def test_the_page_s_tables_are_those_of_the_results() -> None:
    assert [path.stem for path in RESULTS] == [
        f"{dataset}.{method}"
        for dataset in ("mars", "mars_fr")
        for method in ("exact", "new_users")
    ]
    found = tables.tables([json.loads(path.read_text()) for path in RESULTS])
    assert len(found) == 4
    for number, text in enumerate(found):
        assert text in PAGE, f"table {number}: run examples/tables.py"


@pytest.mark.parametrize("path", RESULTS, ids=lambda path: path.stem)
def test_results_are_figures_only(path: Path) -> None:
    found = json.loads(path.read_text())
    assert found["seeds"] == [0, 1, 2]
    # as JSON has no tuples
    settings = json.loads(json.dumps(asdict(training.Settings())))
    assert found["settings"] == settings
    for row in found["learners"] + found["baselines"] + found["differences"]:
        assert set(row) - {"hr_of_seeds"} == {
            *("split", "view", "name", "n_users", "n_queries"),
            *(m + end for m in ("hr", "ndcg", "mrr") for end in ("", "_low", "_high")),
        }
