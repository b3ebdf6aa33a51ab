"""Where the labels of pairs and episodes are in the sequences.

The compact layout says so. In the full layout the labels' positions follow from the
rule for pairs, and labels, times and lengths of prefixes must agree with the files.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mooc_episodes.loader.folder import N_KNOWN, WINDOW, Folder
from mooc_episodes.loader.sequences import Sequences

Counts = NDArray[np.int32]
MICROSECONDS = 1_000_000


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


def read_pairs(
    folder: Folder,
    sequences: Sequences,
    split: str,
    of_split: Callable[[], NDArray[np.bool_]],
) -> PairPositions:
    """Find a split's pairs.

    Args:
        folder: The published folder.
        sequences: All sequences.
        split: The split.
        of_split: Finds out which users are in it, [U], which compact files say.

    Raises:
        FolderError: Files do not agree.
    """
    if folder.settings["layout"] == "compact":
        labels = positions_of_pairs(folder, sequences, split)
    else:
        labels = matching_labels(folder, sequences, split, of_split())
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
        FolderError: A user has no events.
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
        raise folder.error(path, "has a user without events")
    lengths = np.diff(runs.run_ends.to_numpy(), prepend=0)
    found: NDArray[np.int64] = numbers.to_numpy().astype(np.int64) + first
    return np.repeat(found, lengths)


def positions_of_pairs(
    folder: Folder, sequences: Sequences, split: str
) -> NDArray[Any]:
    """The labels' positions, as the compact layout has them.

    Raises:
        FolderError: One is not in its user's sequence, or they are out of order.
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
        if found[0] <= last or (found[1:] <= found[:-1]).any():
            raise folder.error(path, "its pairs are out of order")
        labels[done : done + len(found)] = found
        done, last, last_user = done + len(found), found[-1], users[-1]
    return labels


def matching_labels(
    folder: Folder, sequences: Sequences, split: str, of_split: NDArray[np.bool_]
) -> NDArray[Any]:
    """The labels' positions by the rule, which must give the pairs of the file.

    A label is later than the item before it. Folders from before times were compared
    in microseconds compared whole seconds; which it was shows in the number of pairs.

    Raises:
        FolderError: The file has other pairs.
    """
    path = folder.artifact("pairs", split).path
    in_split = np.repeat(of_split, np.diff(sequences.starts))
    in_split[sequences.starts[:-1]] = False
    for unit in (1, MICROSECONDS):
        times = sequences.ts // unit if unit > 1 else sequences.ts
        later = in_split.copy()
        later[1:] &= times[1:] > times[:-1]
        if np.count_nonzero(later) == folder.rows(path):
            labels = np.flatnonzero(later).astype(index_type(len(later)))
            break
    else:
        raise folder.error(path, "its pairs are not those of the events")
    done = 0
    columns = ["user_id", "label", "label_ts_epoch", "prefix_len"]
    for rows in folder.batches(path, columns):
        own = labels[done : done + rows.num_rows]
        users = sequences.owners(own)
        lengths = own - sequences.starts[users]
        if folder.settings["max_prefix_len"]:
            lengths = np.minimum(lengths, folder.settings["max_prefix_len"])
        ids = rows.column("user_id")
        expected = (
            owners_of(folder, path, sequences, ids, users[0]) == users,
            rows.column("label").to_numpy() + 1 == sequences.items[own],
            rows.column("label_ts_epoch").to_numpy()
            == sequences.ts[own] // MICROSECONDS,
            rows.column("prefix_len").to_numpy() == lengths,
        )
        if not all(agrees.all() for agrees in expected):
            raise folder.error(path, "its pairs are not those of the events")
        done += rows.num_rows
    return labels


def read_episodes(
    folder: Folder, sequences: Sequences, split: str, pairs: PairPositions
) -> EpisodePositions:
    """Find a split's episodes.

    Raises:
        FolderError: Files do not agree.
    """
    compact = folder.settings["layout"] == "compact"
    q = folder.settings["episode_q"]
    n_labels = folder.settings["episode_k"] + q
    path = folder.artifact("episode_offsets" if compact else "episodes", split).path
    values = "label_positions" if compact else "labels"
    lists = [f"support_{values}", f"query_{values}"]
    names = folder.columns(path)
    published = [name for name in (WINDOW, N_KNOWN) if name in names]
    n_episodes = folder.rows(path)
    found = EpisodePositions(
        np.empty(n_episodes, index_type(len(pairs.labels))),
        *(np.empty(n_episodes, np.int32) for _ in range(3)),
    )
    done, last_user, last_window = 0, -1, -1
    for rows in folder.batches(path, ["user_id", *lists, *published]):
        now = slice(done, done + rows.num_rows)
        ids = rows.column("user_id")
        users = owners_of(folder, path, sequences, ids, max(last_user, 0))
        window = counted(users, last_user, last_window)
        first_pairs = pairs.firsts[users] + window * q
        if (first_pairs + n_labels > pairs.firsts[users + 1]).any():
            raise folder.error(path, "an episode has more pairs than its user")
        labels = pairs.labels[first_pairs[:, None] + np.arange(n_labels)]
        starts = sequences.starts[users]
        given = matrix(rows, lists, n_labels)
        own = labels - starts[:, None] if compact else sequences.items[labels] - 1
        if given is None or not np.array_equal(given, own):
            raise folder.error(path, "its episodes are not those of the pairs")
        found.first_pairs[now], found.users[now] = first_pairs, users
        found.window[now], found.n_known[now] = window, labels[:, 0] - starts
        for name in published:
            getattr(found, name)[now] = rows.column(name).to_numpy()
        done, last_user, last_window = now.stop, users[-1], window[-1]
    return found


def counted(
    users: NDArray[np.int64], last_user: int, last_window: int
) -> NDArray[np.int64]:
    """How many rows of the same user come before each, other parts' included.

    >>> counted(np.array([4, 4, 7]), last_user=4, last_window=1)
    array([2, 3, 0])
    """
    places = np.arange(len(users))
    changes = np.flatnonzero(np.diff(users, prepend=-1))
    lengths = np.diff(changes, append=len(users))
    found = places - np.repeat(changes, lengths)
    if users[0] == last_user:
        found[: lengths[0]] += last_window + 1
    return found


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
