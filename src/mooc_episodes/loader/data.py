"""Opening a published folder."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from mooc_episodes.contract import SPLITS, users_path
from mooc_episodes.loader.arguments import check, shown, whole
from mooc_episodes.loader.baselines import NAMES, Baselines, read_baselines
from mooc_episodes.loader.episodes import EpisodeBatch, Episodes, View
from mooc_episodes.loader.evaluation import (
    BUDGET,
    SEED,
    evaluated_setting,
    means_of_users,
    queries_of,
    within_budget,
)
from mooc_episodes.loader.folder import PUBLISHED, Folder, FolderError, open_folder
from mooc_episodes.loader.gather import Side
from mooc_episodes.loader.items import Items, read_course_ids, read_items, split_numbers
from mooc_episodes.loader.pairs import Pairs
from mooc_episodes.loader.positions import (
    EpisodePositions,
    PairPositions,
    read_episodes,
    read_pairs,
)
from mooc_episodes.loader.prefixes import Prefixes
from mooc_episodes.loader.ranking import Score, Scores, rank, read_scores
from mooc_episodes.loader.results import ByName, Queries, Result
from mooc_episodes.loader.sequences import Sequences, read_sequences
from mooc_episodes.loader.times import Time, numbers_before


def open(folder: str | PathLike[str], verify: bool = False) -> Data:  # noqa: A001
    """Open a published folder, of either layout.

    Sizes, columns and numbers of rows are compared with the manifest; the files are
    read when they are first needed. A later export of the same dataset does not change
    what was opened.

    >>> data = mooc_episodes.open(folder, verify=True)
    >>> data
    Data(sample: 428 items; train 114, val 24, test 26 users; K=2, Q=3)
    >>> data.settings["episode_k"], len(data.items), len(data.fingerprint)
    (2, 428, 64)

    Args:
        folder: The published folder, e.g. data/processed/sample.
        verify: Whether to compare every byte with the manifest's sha256, too.

    Raises:
        FolderError: It is not a published folder, not whole, or of a version that this
            one cannot read; with verify, a byte has changed.
    """
    if not isinstance(folder, str | PathLike):
        raise FolderError(f"{shown(folder)}: not a path; give {PUBLISHED}")
    return Data(open_folder(Path(folder), verify))


class Data:
    """A published folder, opened.

    Attributes:
        dataset: The dataset's name.
        settings: The settings of the build that the files depend on.
        fingerprint: The sha256 of manifest.json, in hex, which names the sha256 of
            every file, and what they were made from: the same for the same data,
            made by the same commit from the same input.
        path: The folder.
    """

    def __init__(self, folder: Folder) -> None:
        """Take an open folder."""
        self._folder = folder
        self._pairs: dict[str, PairPositions] = {}
        self._episodes: dict[str, EpisodePositions] = {}
        self._evaluated: dict[tuple[str, str], tuple[Episodes, Queries]] = {}
        self._baselines: dict[tuple[str, str], dict[str, Result]] = {}
        self.dataset = folder.dataset
        self.settings = dict(folder.settings)
        self.fingerprint = folder.fingerprint
        self.path = folder.path

    def __repr__(self) -> str:
        """What it holds, on one line."""
        users = ", ".join(f"{split} {len(self.splits[split])}" for split in SPLITS)
        k, q = self.settings["episode_k"], self.settings["episode_q"]
        n_items = len(self._course_ids)
        return f"Data({self.dataset}: {n_items} items; {users} users; K={k}, Q={q})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process opens the folder itself: arrays are not sent to it."""
        return open, (self.path,)

    @cached_property
    def splits(self) -> dict[str, NDArray[Any]]:
        """The ids of each split's users, ascending, by the split's name.

        int64, or str as objects. Users without a pair are among them.

        >>> {split: len(users) for split, users in data.splits.items()}
        {'train': 114, 'val': 24, 'test': 26}
        """
        kind = np.int64 if self.settings["user_id_type"] == "bigint" else object
        found = {}
        for split in SPLITS:
            path = users_path(split)
            document = self._folder.read_json(path)
            try:
                found[split] = np.array(document["users"], kind)
            except (KeyError, TypeError, ValueError, OverflowError):
                raise self._folder.error(path, "not the users of a split") from None
        return found

    @cached_property
    def items(self) -> Items:
        """The vocabulary.

        >>> len(data.items), data.items.course_ids.shape, data.items.cold.dtype
        (428, (428,), dtype('bool'))
        """
        return read_items(
            self._folder, self._course_ids, self._sequences, self._split_numbers
        )

    @cached_property
    def _course_ids(self) -> NDArray[Any]:
        return read_course_ids(self._folder)

    @cached_property
    def _sequences(self) -> Sequences:
        return read_sequences(self._folder, len(self._course_ids))

    @cached_property
    def _split_numbers(self) -> NDArray[np.int8]:
        return split_numbers(self._folder, self._sequences, self.splits)

    def _pairs_of(self, split: str) -> PairPositions:
        if split not in self._pairs:
            self._pairs[split] = read_pairs(self._folder, self._sequences, split)
        return self._pairs[split]

    def _episodes_of(self, split: str) -> EpisodePositions:
        if split not in self._episodes:
            pairs = self._pairs_of(split)
            self._episodes[split] = read_episodes(
                self._folder, self._sequences, split, pairs
            )
        return self._episodes[split]

    def _prefixes(self, max_len: int | None, pad: Side) -> Prefixes:
        if max_len is not None:
            max_len = whole("max_len", max_len, 1, or_else=", or None")
        check("pad", pad, get_args(Side))
        return Prefixes(self._sequences, self.settings["max_prefix_len"], max_len, pad)

    def episodes(
        self,
        split: str,
        max_len: int | None = None,
        view: View = "all",
        pad: Side = "left",
    ) -> Episodes:
        """The episodes of a split.

        >>> first = data.episodes("test", max_len=20, view="first")
        >>> batch = first.take(range(len(first)))
        >>> batch.window.max()
        np.int64(0)

        Args:
            split: "train", "val" or "test".
            max_len: Items kept of a prefix, the last ones; prefixes are padded to as
                many. None: all, padded to the longest prefix of a batch.
            view: "all", or "first": each user's first episode only, which is the one
                of a cold start.
            pad: The side of the padding, "left" or "right".

        Raises:
            ValueError: An argument is not one of these.
            FolderError: Files cannot be read, or do not agree.
        """
        check("split", split, SPLITS)
        check("view", view, get_args(View))
        prefixes = self._prefixes(max_len, pad)
        found = self._episodes_of(split)
        return Episodes(
            prefixes,
            self._pairs_of(split),
            found,
            np.flatnonzero(found.window == 0) if view == "first" else None,
            self.settings["episode_k"],
            self.settings["episode_q"],
        )

    def pairs(
        self,
        split: str,
        max_len: int | None = None,
        before: Time | None = None,
        pad: Side = "left",
    ) -> Pairs:
        """The pairs of a split.

        >>> from datetime import UTC, datetime
        >>> len(data.pairs("train")), len(data.pairs("train", before=0))
        (1495, 0)
        >>> past = data.pairs("train", before=datetime(2019, 1, 1, tzinfo=UTC))

        Args:
            split: "train", "val" or "test".
            max_len: As for episodes.
            before: Only pairs whose label is before this time, strictly: microseconds
                since 1970-01-01 UTC, as in `ts`, or a datetime; without a zone, UTC.
            pad: As for episodes.

        Raises:
            ValueError: An argument is not one of these.
            FolderError: Files cannot be read, or do not agree.
        """
        check("split", split, SPLITS)
        prefixes = self._prefixes(max_len, pad)
        found, numbers = self._pairs_of(split), None
        if before is not None:
            numbers = numbers_before(before, self._sequences.ts[found.labels])
        return Pairs(prefixes, found, numbers)

    def evaluate(
        self,
        score: Score,
        split: str,
        view: View = "all",
        *,
        like: Episodes | Pairs | None = None,
        max_len: int | None = None,
        pad: Side | None = None,
        batch_size: int | None = None,
        name: str | None = None,
        allow_constant: bool = False,
    ) -> Result:
        """What a model reaches: HR@10, NDCG@10 and MRR@10, means over users.

        All items are ranked for every query and none is masked; tied items count as
        in a random order. The figures are those that report.json has for the same
        scores, on the same queries: at most evaluation_budget of the settings.

        >>> def latest_first(batch):
        ...     scores = np.zeros((*batch.query_y.shape, len(data.items)))
        ...     item = batch.query_x[..., -1:] - 1
        ...     np.put_along_axis(scores, item, 1, axis=-1)
        ...     return scores
        >>> result = data.evaluate(latest_first, "test")  # view="all", whole prefixes
        >>> result.n_users, result.n_queries
        (17, 351)
        >>> result.compare(data.baselines("test")["random"])
        Comparison(latest_first - random: HR@10 -0.0023 [-0.0023, -0.0023])
        >>> pairs = data.pairs("train", max_len=20)  # what a model is trained on
        >>> data.evaluate(latest_first, "test", "first", like=pairs)
        Result(latest_first: HR@10 0.0211 [0.0211, 0.0211])

        Args:
            score: Called with an EpisodeBatch; returns the scores of all items at
                each query, [B, Q, n], column i for item_id i: an array, a tensor of
                PyTorch, or what else numpy.asarray takes, but not a tuple.
            split: "train", "val" or "test".
            view: As for episodes: "all" unless given; cold start is "first".
            like: What the model was trained on, episodes or pairs: its prefixes are
                then as long and padded on the same side. A model that was trained on
                others scores them without an error, and worse.
            max_len: As for episodes, and with the same default, None: whole prefixes.
            pad: As for episodes, and with the same default, "left".
            batch_size: B; None: up to 256, fewer if there are many items.
            name: What the tables call it; None: the function's name.
            allow_constant: Whether all items may have the same score at every query,
                which otherwise is taken for an error.

        Raises:
            ValueError: An argument is not one of these, the scores are not finite
                numbers of that shape, or nothing is left to score.
            FolderError: Files cannot be read, do not agree, or are from before there
                was an evaluation.
        """
        episodes, queries = self._queries(split, view)
        prefixes = self._prefixes(*prefixes_like(like, max_len, pad))
        n_items, varied = len(self._course_ids), allow_constant

        def score_one(batch: EpisodeBatch) -> list[Scores]:
            nonlocal varied
            scores = read_scores(score(batch), batch, n_items)
            varied = varied or bool((scores != scores[..., :1]).any())
            return [scores]

        [reached] = rank(
            replace(episodes, prefixes=prefixes), n_items, batch_size, score_one
        )
        if not varied and n_items > 1:
            raise ValueError(
                "score(batch) gives all items the same score at every query, which "
                "looks like an error; if it is meant, set allow_constant=True"
            )
        return Result(
            name or name_of(score), queries, means_of_users(episodes, reached)
        )

    def baselines(self, split: str, view: View = "all") -> dict[str, Result]:
        """What the rules without training reach, by name; docs/evaluation.md has them.

        >>> baselines = data.baselines("test")
        >>> [*baselines][:4]
        ['random', 'popularity, all', 'popularity, past', 'popularity, thinned']
        >>> baselines["random"].hr == 10 / len(data.items)
        True

        Args:
            split: "train", "val" or "test".
            view: As for episodes.

        Raises:
            ValueError: An argument is not one of these, or nothing is left to score.
            FolderError: As for evaluate.
        """
        episodes, queries = self._queries(split, view)
        if (split, view) not in self._baselines:
            reached = rank(
                episodes, len(self._course_ids), None, self._train_counts.scores
            )
            self._baselines[split, view] = {
                name: Result(name, queries, means_of_users(episodes, own))
                for name, own in zip(NAMES, reached, strict=True)
            }
        return ByName(self._baselines[split, view])

    def _queries(self, split: str, view: View) -> tuple[Episodes, Queries]:
        """The episodes to evaluate, with whole prefixes, and their queries."""
        if (split, view) not in self._evaluated:
            seed = evaluated_setting(self._folder, SEED)
            budget = evaluated_setting(self._folder, BUDGET)
            every = self.episodes(split, view=view)
            n_items = len(self._course_ids)
            episodes = within_budget(every, split, view, n_items, seed, budget)
            queries = queries_of(episodes, self._folder, split, view, seed)
            self._evaluated[split, view] = episodes, queries
        return self._evaluated[split, view]

    @cached_property
    def _train_counts(self) -> Baselines:
        return read_baselines(
            self._sequences,
            self._split_numbers == SPLITS.index("train"),
            self._pairs_of("train").labels,
            evaluated_setting(self._folder, SEED),
            len(self._course_ids),
        )


def name_of(score: Score) -> str:
    """A name for a score function: its own, or that of its class."""
    name = getattr(score, "__name__", type(score).__name__)
    return "model" if name == "<lambda>" else str(name)


def prefixes_like(
    like: Episodes | Pairs | None, max_len: int | None, pad: Side | None
) -> tuple[int | None, Side]:
    """The max_len and pad of these rows, or those given without rows.

    Raises:
        ValueError: Both are given and differ, or they are not rows.
    """
    if like is None:
        return max_len, "left" if pad is None else pad
    if not isinstance(like, Episodes | Pairs):
        raise ValueError(
            f"like is {shown(like)}; it must be what data.episodes or data.pairs gave"
        )
    own = {"max_len": like.prefixes.max_len, "pad": like.prefixes.pad}
    for name, value in (("max_len", max_len), ("pad", pad)):
        if value not in (None, own[name]):
            raise ValueError(
                f"{name} is {shown(value)}, and that of `like` is {own[name]!r}; "
                f"leave {name} out"
            )
    return like.prefixes.max_len, like.prefixes.pad
