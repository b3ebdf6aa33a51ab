"""Where the labels of pairs and episodes are in the sequences."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mooc_episodes.loader.folder import Folder
from mooc_episodes.loader.sequences import Sequences

Counts = NDArray[np.int32]


@dataclass(frozen=True)
class PairPositions:
    """A split's pairs.

    Attributes:
        labels: Position of each label, among all sequences, ascending, [P].
        firsts: Each user's first pair, and P, [U + 1].
    """

    labels: NDArray[Any]
    firsts: NDArray[np.int64]


@dataclass(frozen=True)
class EpisodePositions:
    """A split's episodes; each is K + Q pairs in a row.

    Attributes:
        first_pairs: Its first pair, among those of the split, [E].
        users: The number of its user, [E].
        window: Which of its user's episodes it is, from 0, [E].
        n_known: Items before its first label in the user's sequence, [E].
    """

    first_pairs: NDArray[Any]
    users: Counts
    window: Counts
    n_known: Counts


def index_type(limit: int) -> type[Any]:
    """The smallest type for numbers below the limit."""
    return np.int32 if limit < 2**31 else np.int64


def read_pairs(folder: Folder, sequences: Sequences, split: str) -> PairPositions:
    """Find a split's pairs.

    Raises:
        FolderError: A label is not in its user's sequence, or they are out of order.
    """
    path = folder.artifact("pair_offsets", split).path
    n_items = len(sequences.items)
    labels = np.empty(folder.rows(path), index_type(n_items))
    done, last, last_user = 0, -1, 0
    for rows in folder.batches(path, ["user_id", "label_position"]):
        users = owners_of(folder, path, sequences, rows.column("user_id"), last_user)
        own = rows.column("label_position").to_numpy()
        found = sequences.starts[users] + own
        if (own < 1).any() or (found >= sequences.starts[users + 1]).any():
            raise folder.error(path, "a label is not in its user's sequence")
        if not ascend(found, last):
            raise folder.error(path, "its pairs are out of order")
        labels[done : done + len(found)] = found
        done, last, last_user = done + len(found), found[-1], users[-1]
    firsts = np.searchsorted(labels, sequences.starts.astype(labels.dtype))
    return PairPositions(labels, firsts)


def owners_of(
    folder: Folder, path: str, sequences: Sequences, ids: pa.Array, first: int
) -> NDArray[np.int64]:
    """The number of each row's user.

    Files are in the order of the users: those of some rows are near to one another, and
    a table of all users, for every part of a file, would cost more than all the rest.

    Args:
        folder: The published folder.
        path: The file.
        sequences: All sequences.
        ids: The rows' users.
        first: The number of the user to begin with; others are looked for last.

    Raises:
        FolderError: A user has no sequence.
    """
    runs = pc.run_end_encode(ids, run_end_type=pa.int64())
    n_users, width = len(sequences.users), 2 * len(runs.values)
    numbers = pc.index_in(runs.values, sequences.users.slice(first, width))
    while numbers.null_count and (first or width < n_users):
        width *= 8
        if first + width >= n_users:
            first = 0
        numbers = pc.index_in(runs.values, sequences.users.slice(first, width))
    if numbers.null_count:
        raise folder.error(path, "has a user without a sequence")
    lengths = np.diff(runs.run_ends.to_numpy(), prepend=0)
    found: NDArray[np.int64] = numbers.to_numpy().astype(np.int64) + first
    return np.repeat(found, lengths)


def read_episodes(
    folder: Folder, sequences: Sequences, split: str, pairs: PairPositions
) -> EpisodePositions:
    """Find a split's episodes.

    Raises:
        FolderError: Files do not agree.
    """
    path = folder.artifact("episode_offsets", split).path
    lists = ["support_label_positions", "query_label_positions"]
    q = folder.settings["episode_q"]
    n_labels = folder.settings["episode_k"] + q
    n_episodes = folder.rows(path)
    found = EpisodePositions(
        np.empty(n_episodes, index_type(len(pairs.labels))),
        *(np.empty(n_episodes, np.int32) for _ in range(3)),
    )
    done, last, last_user = 0, -1, 0
    for rows in folder.batches(path, ["user_id", *lists, "window"]):
        now = slice(done, done + rows.num_rows)
        users = owners_of(folder, path, sequences, rows.column("user_id"), last_user)
        window = rows.column("window").to_numpy()
        n_pairs = pairs.firsts[users + 1] - pairs.firsts[users]
        if (window < 0).any() or (window > (n_pairs - n_labels) // q).any():
            raise folder.error(path, "its windows are not those of the pairs")
        first_pairs = pairs.firsts[users] + window * q
        if not ascend(first_pairs, last):
            raise folder.error(path, "its episodes are out of order")
        labels = pairs.labels[first_pairs[:, None] + np.arange(n_labels)]
        positions = labels - sequences.starts[users][:, None]
        given = matrix(rows, lists, n_labels)
        if given is None or not np.array_equal(given, positions):
            raise folder.error(path, "its episodes are not those of the pairs")
        found.first_pairs[now], found.users[now] = first_pairs, users
        found.window[now], found.n_known[now] = window, positions[:, 0]
        done, last, last_user = now.stop, first_pairs[-1], users[-1]
    return found


def ascend(numbers: NDArray[np.int64], last: int) -> bool:
    """Whether each number is greater than the one before it, the first than the last.

    >>> ascend(np.array([2, 3, 7]), last=1), ascend(np.array([2, 3, 3]), last=1)
    (True, False)
    >>> ascend(np.array([2, 3, 7]), last=2)
    False
    """
    return bool(numbers[0] > last and (numbers[1:] > numbers[:-1]).all())


def matrix(rows: pa.RecordBatch, lists: list[str], width: int) -> NDArray[Any] | None:
    """Columns of lists next to each other, or None if they are not of one length."""
    parts = []
    for name in lists:
        values = rows.column(name).flatten().to_numpy()
        lengths = pc.list_value_length(rows.column(name)).to_numpy()
        if (lengths != lengths[0]).any():
            return None
        parts.append(values.reshape(rows.num_rows, -1))
    joined: NDArray[Any] = np.concatenate(parts, axis=1)
    return joined if joined.shape[1] == width else None
