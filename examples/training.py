"""Training: updates until the figure on val stops improving."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from adaptation import Learner
from gru import Recommender
from mooc_episodes import Data, Episodes, PairBatch, Pairs
from mooc_episodes.torch import tensors

FEWEST = 20


@dataclass(frozen=True)
class Schedule:
    """How long and how fast to train.

    Attributes:
        batch_size: Pairs or episodes an update.
        rate: The learning rate of AdamW.
        check_every: Updates between two looks at val: at most so many; as many as an
            epoch has, but at least FEWEST, if that is less.
        patience: Looks without a better figure before it ends.
        most_checks: Looks after which it ends in any case.
    """

    batch_size: int
    rate: float
    check_every: int
    patience: int
    most_checks: int


@dataclass(frozen=True)
class Settings:
    """What is the same for all methods; docs/training.md says when it was fixed.

    Attributes:
        max_len: Items kept of a prefix.
        width: Of the model.
        dropout: Of the model.
        pairs: The plain training on pairs that every method starts from.
        episodes: The training on episodes in which the methods differ.
        meta_rates: Rates of adaptation tried in training on episodes.
        tuned_rates: Rates tried for fine-tuning the plainly trained model.
        tuned_steps: Steps tried for it.
    """

    max_len: int = 10
    width: int = 64
    dropout: float = 0.2
    pairs: Schedule = Schedule(256, 0.003, 100, 5, 40)
    episodes: Schedule = Schedule(64, 0.001, 50, 2, 6)
    meta_rates: tuple[float, ...] = (0.03, 0.3)
    tuned_rates: tuple[float, ...] = (0.01, 0.03, 0.1, 0.3)
    tuned_steps: tuple[int, ...] = (1, 5)


def on_val(data: Data, score: Any, settings: Settings) -> float:
    """NDCG@10 on val, each user's first episode: what everything is chosen by."""
    result = data.evaluate(score, "val", "first", max_len=settings.max_len)
    return result.ndcg


def trained_on_pairs(data: Data, seed: int, settings: Settings) -> Recommender:
    """A model trained plainly to name the label of each train pair."""
    torch.manual_seed(seed)
    model = Recommender(len(data.items), settings.width, settings.dropout)
    pairs = data.pairs("train", max_len=settings.max_len)

    def loss(batch: PairBatch) -> Tensor:
        return cross_entropy(model(batch.x), batch.y)

    plain = Learner(model, {})
    fit(
        nn.ModuleList([model]),
        loss,
        pairs,
        seed,
        lambda: on_val(data, plain, settings),
        settings.pairs,
    )
    return model


def trained_on_episodes(
    data: Data, learner: Learner, seed: int, settings: Settings
) -> float:
    """Train a learner to do well at the queries after adapting to the support.

    Returns:
        Its figure on val.
    """
    torch.manual_seed(seed)
    learnt = [rate for rate in learner.rates.values() if isinstance(rate, Tensor)]
    episodes = data.episodes("train", max_len=settings.max_len)
    return fit(
        nn.ModuleList([learner.model, nn.ParameterList(learnt)]),
        learner.loss,
        episodes,
        seed,
        lambda: on_val(data, learner, settings),
        settings.episodes,
    )


def endless(rows: Pairs | Episodes, batch_size: int, seed: int) -> Iterator[Any]:
    """Batches of tensors, shuffled again in each epoch."""
    for epoch in itertools.count():
        batches = rows.batches(batch_size, shuffle=True, seed=seed, epoch=epoch)
        yield from map(tensors, batches)


def fit(
    trained: nn.Module,
    loss: Callable[[Any], Tensor],
    rows: Pairs | Episodes,
    seed: int,
    figure: Callable[[], float],
    schedule: Schedule,
) -> float:
    """Update until the figure stops improving; keep the best of the states looked at.

    The state at the start is not one of them, so what is kept was trained.

    Args:
        trained: Whose parameters to update.
        loss: Of a batch.
        rows: What to make batches of.
        seed: Chooses their order.
        figure: Of the state as it is; the more, the better.
        schedule: How long and how fast.

    Returns:
        The best figure.
    """
    batches = endless(rows, schedule.batch_size, seed)
    epoch = len(rows.batches(schedule.batch_size))
    check_every = min(schedule.check_every, max(epoch, FEWEST))
    optimizer = torch.optim.AdamW(trained.parameters(), schedule.rate)
    best, kept, since = -1.0, {}, 0
    for _ in range(schedule.most_checks):
        trained.train()
        for batch in itertools.islice(batches, check_every):
            optimizer.zero_grad()
            loss(batch).backward()
            optimizer.step()
        now, since = figure(), since + 1
        if now > best:
            best, kept, since = now, copy.deepcopy(trained.state_dict()), 0
        if since == schedule.patience:
            break
    trained.load_state_dict(kept)
    return best
