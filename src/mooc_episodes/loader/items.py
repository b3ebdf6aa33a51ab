"""The vocabulary: which course each item is, who saw it, what is known about it."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mooc_episodes.contract import COURSE2ID, ITEMS_FILE, SPLITS
from mooc_episodes.loader.folder import ROWS_AT_ONCE, Folder
from mooc_episodes.loader.sequences import Sequences


class Items:
    """The n items; every array here is in order of item_id, which is its index.

    Column i of a model's scores is item i. In a prefix, item i is i + 1.

    Attributes:
        course_ids: Each item's course, as published: int64, or str as objects, [n].
        in_train: Whether a train user has the item, bool [n].
        cold: Whether none has: a model cannot have learnt it from train, bool [n].
        train_only: Whether train users have it and no others, bool [n].
        metadata: The columns of vocab/items.parquet by name, each [n]; empty if the
            folder has no such file.
    """

    def __init__(
        self,
        course_ids: NDArray[Any],
        has: dict[str, NDArray[np.bool_]],
        metadata: dict[str, NDArray[Any]],
    ) -> None:
        """Take what was read; has: by split, which items its users have."""
        self.course_ids = course_ids
        self.in_train = has["train"]
        self.cold = ~has["train"]
        self.train_only = has["train"] & ~has["val"] & ~has["test"]
        self.metadata = metadata

    def __len__(self) -> int:
        """The number of items, n."""
        return len(self.course_ids)

    def __getitem__(self, name: str) -> NDArray[Any]:
        """A column of the metadata, [n].

        Raises:
            KeyError: There is none of that name.
        """
        if name not in self.metadata:
            known = ", ".join(self.metadata) or f"none: there is no {ITEMS_FILE}"
            raise KeyError(f"{name}: not a column of the items; there are {known}")
        return self.metadata[name]

    def __repr__(self) -> str:
        """E.g. Items(428, cold=31, metadata=['title'])."""
        cold = int(self.cold.sum())
        return f"Items({len(self)}, cold={cold}, metadata={[*self.metadata]})"


def read_course_ids(folder: Folder) -> NDArray[Any]:
    """The course of each item.

    Raises:
        FolderError: The vocabulary is not one.
    """
    course2id = folder.read_json(COURSE2ID)
    if not isinstance(course2id, dict) or [*course2id.values()] != [
        *range(len(course2id))
    ]:
        raise folder.error(COURSE2ID, "its ids are not 0, 1, 2 …")
    if folder.settings["item_id_type"] == "varchar":
        return np.array([*course2id], dtype=object)
    try:
        return np.array([int(course) for course in course2id], np.int64)
    except (ValueError, OverflowError):
        raise folder.error(COURSE2ID, "a course is not a bigint") from None


def read_items(
    folder: Folder,
    course_ids: NDArray[Any],
    sequences: Sequences,
    splits: NDArray[np.int8],
) -> Items:
    """Find out what is known about the items.

    Args:
        folder: The published folder.
        course_ids: Each item's course.
        sequences: All sequences.
        splits: The number of each user's split, [U].

    Raises:
        FolderError: A file cannot be read.
    """
    n_items = len(course_ids)
    has = np.zeros((len(SPLITS), n_items + 1), np.bool_)
    of_events = np.repeat(splits, np.diff(sequences.starts))
    for start in range(0, len(of_events), ROWS_AT_ONCE):
        now = slice(start, start + ROWS_AT_ONCE)
        has[of_events[now], sequences.items[now]] = True
    found = {split: own[1:] for split, own in zip(SPLITS, has, strict=True)}
    return Items(course_ids, found, read_metadata(folder, n_items))


def read_metadata(folder: Folder, n_items: int) -> dict[str, NDArray[Any]]:
    """The columns of vocab/items.parquet, if the folder has it.

    Raises:
        FolderError: Its rows are not the items.
    """
    if ITEMS_FILE not in folder.entries:
        return {}
    with folder.parquet(ITEMS_FILE) as file:
        table: pa.Table = file.read()
    if "item_id" not in table.column_names:
        raise folder.error(ITEMS_FILE, "has no column item_id")
    if table.column("item_id").to_pylist() != [*range(n_items)]:
        raise folder.error(ITEMS_FILE, "its rows are not the items 0, 1, 2 …")
    return {name: table.column(name).to_numpy() for name in table.column_names}


def split_numbers(
    folder: Folder, sequences: Sequences, users: dict[str, NDArray[Any]]
) -> NDArray[np.int8]:
    """The number in SPLITS of each user's split, [U].

    Raises:
        FolderError: A user with events is in no split.
    """
    kind = sequences.users.type
    listed = [user for split in SPLITS for user in users[split]]
    numbers = np.repeat(
        np.arange(len(SPLITS), dtype=np.int8), [len(users[split]) for split in SPLITS]
    )
    try:
        values = pa.array(listed, kind)
    except (pa.ArrowException, OverflowError):
        raise folder.error("user_splits", f"users are not all {kind}") from None
    places = pc.index_in(sequences.users, values) if len(values) else None
    if len(sequences.users) and (places is None or places.null_count):
        raise folder.error("user_splits", "a user with events is in no split")
    return numbers[places.to_numpy()] if places is not None else numbers[:0]
