"""Where a label stands among all items, and what that is worth."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mooc_episodes.loader.episodes import EpisodeBatch, Episodes

CUTOFF = 10
MEASURES = ("hr", "ndcg", "mrr")
# scores in memory at once; one query's are always
SCORES_AT_ONCE = 2_000_000
BATCH_SIZE = 256
RANKS = np.arange(1, CUTOFF + 1)
# of each measure: the sum over ranks 1 … r, for r = 0 … 10, [3, 11]
SUMS = np.array(
    [
        np.concatenate(([0.0], np.cumsum(gains)))
        for gains in (np.ones(CUTOFF), 1 / np.log2(RANKS + 1), 1 / RANKS)
    ]
)

Scores = NDArray[Any]
Score = Callable[[EpisodeBatch], Any]


def places(
    scores: Scores, labels: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How many items have a greater score than the label, and how many its score.

    Args:
        scores: [B, Q, n].
        labels: [B, Q].

    Returns:
        g and t, each [B, Q]; t counts the label, too.

    >>> places(np.array([[[3, 1, 2, 1]]]), np.array([[1]]))
    (array([[2]]), array([[2]]))
    """
    own = np.take_along_axis(scores, labels[..., None], -1)
    greater = np.count_nonzero(scores > own, axis=-1)
    return np.asarray(greater), np.asarray(np.count_nonzero(scores == own, axis=-1))


def measures(
    greater: NDArray[np.int64], tied: NDArray[np.int64]
) -> NDArray[np.float64]:
    """HR@10, NDCG@10 and MRR@10, expected over a random order of the tied, [..., 3].

    >>> measures(np.array([8]), np.array([4])).round(4)
    array([[0.5   , 0.1475, 0.0528]])
    """
    last = np.minimum(greater + tied, CUTOFF)
    sums = SUMS[:, last] - SUMS[:, np.minimum(greater, CUTOFF)]
    return np.moveaxis(sums / tied, 0, -1)


def rank(
    episodes: Episodes,
    n_items: int,
    batch_size: int | None,
    score_all: Callable[[EpisodeBatch], Iterable[Scores]],
) -> NDArray[np.float64]:
    """The measures of every query, by each of several ways to score.

    Args:
        episodes: What to score.
        n_items: n.
        batch_size: Episodes a batch; None: as many as memory is kept for.
        score_all: The scores of a batch, [B, Q, n], one way after the other.

    Returns:
        [S, E, Q, 3]: ways, episodes, queries, MEASURES.
    """
    if batch_size is None:
        most = SCORES_AT_ONCE // max(episodes.q * n_items, 1)
        batch_size = min(max(most, 1), BATCH_SIZE)
    found = []
    for batch in episodes.batches(batch_size):
        # a model may write into its batch
        labels = batch.query_y.copy()
        ways = [measures(*places(scores, labels)) for scores in score_all(batch)]
        found.append(np.stack(ways))
    return np.concatenate(found, axis=1)


def read_scores(found: Any, batch: EpisodeBatch, n_items: int) -> Scores:
    """What a score function returned, as an array.

    Raises:
        ValueError: It is not finite numbers of shape [B, Q, n].
    """
    expected = (*batch.query_y.shape, n_items)
    scores = as_array(found, expected)
    if scores.shape != expected:
        raise ValueError(
            f"score(batch) has shape {scores.shape}; it must be [B, Q, n] = "
            f"{expected}{shape_advice(scores.shape, expected)}"
        )
    if scores.dtype.kind not in "biuf":
        raise ValueError(
            f"score(batch) is of type {scores.dtype}; it must be numbers of a type "
            "that NumPy has, such as float32"
        )
    if not np.isfinite(scores).all():
        what = "NaN" if np.isnan(scores).any() else "infinite scores"
        raise ValueError(
            f"score(batch) has {what}; every item is ranked and none is masked, so "
            "every score must be a finite number: one below all others, such as -1e9 "
            "as float32, puts an item last"
        )
    return scores


def as_array(found: Any, expected: tuple[int, ...]) -> Scores:
    """An array of what a score function returned, a tensor of PyTorch included.

    Args:
        found: What it returned.
        expected: The shape that it must have, for the message.

    Raises:
        ValueError: It cannot be read as one.
    """
    if isinstance(found, tuple | dict) or found is None:
        kind = type(found).__name__
        what = kind if found is None else f"{kind} of {len(found)}"
        raise ValueError(
            f"score(batch) has returned a {what}; return the scores alone, as an array "
            f"[B, Q, n] = {expected}"
        )
    if hasattr(found, "detach"):
        # a tensor, wherever it is, which NumPy cannot read if it has a gradient
        found = found.detach().cpu()
    try:
        try:
            return np.asarray(found)
        except TypeError:
            if not hasattr(found, "float"):
                raise
            # bfloat16, which NumPy does not have, and float32 has all values of
            return np.asarray(found.float())
    except (TypeError, ValueError) as error:
        why = (str(error) or type(error).__name__).splitlines()[0]
        raise ValueError(f"score(batch) cannot be read as an array: {why}") from None


def shape_advice(shape: tuple[int, ...], expected: tuple[int, ...]) -> str:
    """What to do about a shape, if that is known."""
    n_items = expected[-1]
    if shape == (*expected[:-1], n_items + 1):
        return (
            "; a column for the padding is one too many: if it is the first, return "
            "scores[..., 1:]"
        )
    if shape == (expected[0] * expected[1], n_items):
        return f"; return scores.reshape{expected}"
    return "; column i is the score of the item with item_id i"
