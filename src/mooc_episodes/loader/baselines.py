"""Rules without training, which a model has to beat.

docs/evaluation.md defines their scores. All count in train; of it, `all` counts
everything, `past` what is strictly before the query's label, and `thinned`, the
control, as much as `past` but user by user.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mooc_episodes.loader.episodes import EpisodeBatch
from mooc_episodes.loader.keys import split_keys
from mooc_episodes.loader.sequences import Sequences

Ints = NDArray[np.int64]
FORMS = ("all", "past", "thinned")
WITH_TRAIN = ("popularity", "recency", "markov", "markov_next_item")
SERIES: tuple[tuple[str, str | None], ...] = (
    ("random", None),
    *((name, form) for name in WITH_TRAIN[:3] for form in FORMS),
    ("next_item", None),
    *((WITH_TRAIN[3], form) for form in FORMS),
)
NAMES = tuple(f"{name}, {form}" if form else name for name, form in SERIES)


@dataclass(frozen=True, eq=False)
class Seen:
    """Things that train users did, in one order; the first so many are known.

    Attributes:
        groups: The item each came after; 0 if that does not matter, [X].
        items: The item, [X].
        orders: Its place in the order by time, and in that user by user, by form, [X].
        times: Their times, ascending, microseconds, [X].
    """

    groups: Ints
    items: Ints
    orders: dict[str, Ints]
    times: Ints

    def counts(self, form: str, groups: Ints, ts: Ints, n_items: int) -> Ints:
        """How often each item is known to a query, within its group.

        Args:
            form: One of FORMS.
            groups: Each query's, [A].
            ts: The time of each query's label, [A].
            n_items: n.

        Returns:
            [A, n].
        """
        n_known = np.full(len(ts), len(self.items))
        if form != "all":
            n_known = np.searchsorted(self.times, ts, "left")
        places = self.orders["thinned" if form == "thinned" else "past"]
        return known_items(groups, n_known, self.groups, places, self.items, n_items)


def known_items(
    groups: Ints,
    n_known: Ints,
    own_groups: Ints,
    own_places: Ints,
    own_items: Ints,
    n_items: int,
) -> Ints:
    """How often each item is among the first so many of a group, for each query.

    Queries are sorted by group and number: each thing counts from the first query on
    that knows it, up to the end of its group.

    >>> known_items(
    ...     np.array([0, 0]), np.array([3, 1]),
    ...     np.array([0, 0, 0]), np.array([0, 1, 2]), np.array([1, 0, 1]), 3,
    ... )
    array([[1, 2, 0],
           [0, 1, 0]])
    """
    width = len(own_items) + 1
    keys = groups * width + n_known
    order = np.argsort(keys, kind="stable")
    sorted_groups = groups[order]
    firsts = np.searchsorted(keys[order], own_groups * width + own_places, "right")
    inside = firsts < len(keys)
    inside[inside] = sorted_groups[firsts[inside]] == own_groups[inside]
    cells = firsts[inside] * n_items + own_items[inside]
    added = np.bincount(cells, minlength=len(keys) * n_items)
    summed = added.reshape(len(keys), n_items).cumsum(0)
    starts = np.searchsorted(sorted_groups, sorted_groups, "left")
    counts = np.empty_like(summed)
    counts[order] = summed - np.where(
        (starts > 0)[:, None], summed[np.maximum(starts - 1, 0)], 0
    )
    return counts


@dataclass(frozen=True, eq=False)
class Baselines:
    """What train says.

    Attributes:
        firsts: First occurrences, one per train user and item.
        pairs: Train pairs: the last item of the prefix and the label.
        n_items: n.
    """

    firsts: Seen
    pairs: Seen
    n_items: int

    def scores(self, batch: EpisodeBatch) -> Iterator[Ints]:
        """The scores of each of SERIES, [B, Q, n], whole numbers.

        Args:
            batch: With whole prefixes, padded on the left.
        """
        shape = (*batch.query_y.shape, self.n_items)
        ts, last = batch.query_ts.ravel(), batch.query_x[..., -1].ravel() - 1
        near = -np.abs(np.arange(self.n_items) - (last + 1)[:, None])
        recent = last_places(batch.query_x.reshape(len(last), -1), self.n_items)
        found: dict[tuple[str, str | None], Ints] = {
            ("random", None): np.zeros_like(near),
            ("next_item", None): near,
        }
        for form in FORMS:
            pop = self.firsts.counts(form, np.zeros_like(last), ts, self.n_items)
            trans = self.pairs.counts(form, last, ts, self.n_items)
            found["popularity", form] = pop
            found["recency", form] = in_turn(recent, pop)
            found["markov", form] = in_turn(trans, pop)
            found["markov_next_item", form] = in_turn(trans, near)
        for series in SERIES:
            yield found[series].reshape(shape)


def in_turn(first: Ints, second: Ints) -> Ints:
    """Scores that compare by the first and, if those are equal, by the second.

    >>> in_turn(np.array([1, 0, 0]), np.array([-9, 5, 3])).argsort()
    array([2, 1, 0])
    """
    low = int(second.min(initial=0))
    width = int(second.max(initial=0)) - low + 1
    return first * width + (second - low)


def last_places(x: Ints, n_items: int) -> Ints:
    """The place of each item's last occurrence in each prefix, else -1, [A, n].

    >>> last_places(np.array([[0, 2, 1, 2]]), 3)
    array([[ 2,  3, -1]])
    """
    found = np.full((len(x), n_items + 1), -1, np.int64)
    rows, columns = np.nonzero(x)
    np.maximum.at(found, (rows, x[rows, columns]), columns)
    return found[:, 1:]


def read_baselines(
    sequences: Sequences,
    in_train: NDArray[np.bool_],
    labels: NDArray[Any],
    seed: int,
    n_items: int,
) -> Baselines:
    """Find out what train says.

    Args:
        sequences: All sequences.
        in_train: Which users are of train, [U].
        labels: The positions of the train pairs' labels, ascending, [P].
        seed: split_seed of the settings.
        n_items: n.
    """
    users = np.flatnonzero(in_train)
    keys = np.zeros(len(in_train), np.int64)
    keys[users] = split_keys(seed, sequences.ids(users).tolist())

    positions = np.flatnonzero(np.repeat(in_train, np.diff(sequences.starts)))
    owners = sequences.owners(positions)
    both = owners * (n_items + 1) + sequences.items[positions]
    firsts = positions[np.unique(both, return_index=True)[1]]
    return Baselines(
        seen(sequences, keys, firsts, sequences.items[firsts], np.zeros_like(firsts)),
        seen(sequences, keys, labels, labels, sequences.items[labels - 1] - 1),
        n_items,
    )


def seen(
    sequences: Sequences,
    keys: Ints,
    positions: NDArray[Any],
    within_user: NDArray[Any],
    groups: NDArray[Any],
) -> Seen:
    """Put what is at these positions in order.

    Args:
        sequences: All sequences.
        keys: The users' split keys, [U].
        positions: Where it is, [X].
        within_user: Orders what a user did at one time, [X].
        groups: [X].
    """
    owners, ts = sequences.owners(positions), sequences.ts[positions]
    by_user = np.lexsort((within_user, ts, owners, keys[owners]))
    return Seen(
        groups=np.asarray(groups, np.int64),
        items=sequences.items[positions].astype(np.int64) - 1,
        orders={
            "past": places_in(ts.argsort(kind="stable")),
            "thinned": places_in(by_user),
        },
        times=np.sort(ts),
    )


def places_in(order: Ints) -> Ints:
    """The place of each thing in an order.

    >>> places_in(np.array([2, 0, 1]))
    array([1, 2, 0])
    """
    places = np.empty_like(order)
    places[order] = np.arange(len(order))
    return places
