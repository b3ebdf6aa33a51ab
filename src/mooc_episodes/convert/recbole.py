"""RecBole's atomic files, its benchmark files, and configurations that read them.

https://recbole.io/docs/user_guide/data/atomic_files.html describes the format: tables
of text with typed column names. RecBole numbers the tokens itself, as it reads them.
"""

import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mooc_episodes.base.errors import UserError
from mooc_episodes.contract import ITEMS_FILE
from mooc_episodes.convert.source import ITEMS_AT_ONCE, Source

# what RecBole calls our splits
BENCHMARKS = {"train": "train", "val": "valid", "test": "test"}
# of a list of items; the first that no course has
SEPARATORS = (" ", ";", "|", ",")
# pandas, with which RecBole reads, takes these for missing; RecBole pads with the last
MISSING = (
    *("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND"),
    *("1.#QNAN", "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"),
    "[PAD]",
)
# read our splits, or all sequences for RecBole to split; data_path is not in them, so
# that the folder may be moved
CONFIGURATIONS = {
    "benchmark.yaml": """\
# the splits and pairs as published
field_separator: "\\t"
seq_separator: "{separator}"
USER_ID_FIELD: user_id
ITEM_ID_FIELD: item_id
TIME_FIELD: timestamp
load_col:
  inter: [user_id, item_id_list, item_id, timestamp]
  item: [item_id]
alias_of_item_id: [item_id_list]
benchmark_filename: [train, valid, test]
MAX_ITEM_LIST_LENGTH: {max_len}
eval_args: {{order: TO, mode: full}}
# for models with loss_type CE; remove it for those with BPR
train_neg_sample_args: null
""",
    "atomic.yaml": """\
# all sequences; RecBole makes pairs and splits of its own
field_separator: "\\t"
USER_ID_FIELD: user_id
ITEM_ID_FIELD: item_id
TIME_FIELD: timestamp
load_col:
  inter: [user_id, item_id, timestamp]
  item: [item_id]
MAX_ITEM_LIST_LENGTH: {max_len}
eval_args: {{split: {{LS: valid_and_test}}, group_by: user, order: TO, mode: full}}
# for models with loss_type CE; remove it for those with BPR
train_neg_sample_args: null
""",
}


def write(source: Source, folder: Path, as_numbers: bool) -> None:
    """Write the files of a dataset.

    Args:
        source: The published folder.
        folder: An empty folder.
        as_numbers: Whether tokens are numbers of users and items, not their ids.

    Raises:
        UserError: A split has no pairs, or an id is nothing that RecBole reads back.
    """
    for split in BENCHMARKS:
        if not len(source.data.pairs(split)):
            raise UserError(
                f"{source.data.path}: {split} has no pairs, and RecBole cannot read an "
                "empty file; publish it again with other split_ratios"
            )
    users, courses = tokens(source, as_numbers)
    separator = separator_of(source.data.path, courses)
    name = source.data.dataset
    (folder / name).mkdir()
    every = folder / name / f"{name}.inter"
    write_table(
        every,
        ["user_id:token", "item_id:token", "timestamp:float"],
        interactions(source, users, courses),
    )
    header = "user_id:token", "item_id_list:token_seq", "item_id:token"
    for split, benchmark in BENCHMARKS.items():
        write_table(
            every.with_suffix(f".{benchmark}.inter"),
            [*header, "timestamp:float"],
            pairs(source, split, users, courses, separator),
        )
    write_items(source, every.with_suffix(".item"), courses)
    for file, text in CONFIGURATIONS.items():
        filled = text.format(separator=separator, max_len=source.max_len)
        (folder / file).write_text(filled, encoding="utf-8")


def tokens(source: Source, as_numbers: bool) -> tuple[pa.Array, pa.Array]:
    """The tokens of the users, by number, and of the items, by item_id.

    Raises:
        UserError: One would be read as missing.
    """
    users, courses = source.sequences.users, source.courses
    if as_numbers:
        users, courses = (pa.array(np.arange(len(own))) for own in (users, courses))
    found = []
    for kind, own in ("user", users), ("course", courses):
        own = pc.cast(own, pa.string())
        missing = own.filter(pc.is_in(own, value_set=pa.array(MISSING)))
        if len(missing):
            raise UserError(
                f"{source.data.path}: RecBole takes the {kind} {missing[0].as_py()!r} "
                "for a missing value; add --as-numbers"
            )
        found.append(own)
    return found[0], found[1]


def separator_of(folder: Path, courses: pa.Array) -> str:
    """What separates the items of a list: the first that is in no course.

    Raises:
        UserError: All are.
    """
    for separator in SEPARATORS:
        if not pc.any(pc.match_substring(courses, separator)).as_py():
            return separator
    raise UserError(
        f"{folder}: courses have each of {' '.join(SEPARATORS[1:])} and "
        "blanks in their ids, so none can separate a list of them; add --as-numbers"
    )


def interactions(
    source: Source, users: pa.Array, courses: pa.Array
) -> Iterable[list[pa.Array]]:
    """The items of all sequences, user by user, oldest first."""
    sequences = source.sequences
    for first in range(0, len(sequences.items), ITEMS_AT_ONCE):
        places = np.arange(first, min(first + ITEMS_AT_ONCE, len(sequences.items)))
        yield [
            users.take(pa.array(sequences.owners(places))),
            courses.take(pa.array(sequences.items[places] - 1)),
            seconds(sequences.ts[places]),
        ]


def pairs(
    source: Source, split: str, users: pa.Array, courses: pa.Array, separator: str
) -> Iterable[list[pa.Array]]:
    """The pairs of a split, as published."""
    for own in source.pairs(split):
        prefixes = pa.ListArray.from_arrays(
            own.items.offsets, courses.take(own.items.values)
        )
        yield [
            users.take(pa.array(own.users)),
            pc.binary_join(prefixes, separator),
            courses.take(pa.array(own.labels)),
            seconds(own.ts),
        ]


def write_items(source: Source, path: Path, courses: pa.Array) -> None:
    """Write one row per item, with what vocab/items.parquet says of it.

    Raises:
        UserError: Two columns would have the same name.
    """
    named = {"item_id:token": courses}
    for name, values in source.data.items.metadata.items():
        if name in ("item_id", "course_id"):
            continue
        column = pa.array(values, from_pandas=True)
        kind = "token" if pa.types.is_string(column.type) else "float"
        # of a header, which is not read as its rows are
        header = re.sub(r'[:"\s]', "_", name)
        if pa.types.is_null(column.type):
            kind, column = "token", column.cast(pa.string())
        if f"{header}:{kind}" in named:
            raise UserError(
                f"{source.data.path / ITEMS_FILE}: two columns would be {header} for "
                "RecBole; rename one in the file that the setting items names"
            )
        named[f"{header}:{kind}"] = pc.fill_null(pc.cast(column, pa.string()), "")
    write_table(path, [*named], [[*named.values()]])


def seconds(ts: NDArray[np.int64]) -> pa.Array:
    """Microseconds as seconds, in full: six decimals.

    >>> seconds(np.array([1_500_000, -250_000])).to_pylist()
    ['1.500000', '-0.250000']
    """
    whole, rest = np.divmod(np.abs(ts), 1_000_000)
    sign = pc.if_else(pa.array(ts < 0), "-", "")
    decimals = pc.utf8_lpad(pc.cast(pa.array(rest), pa.string()), 6, "0")
    return joined(sign, pc.cast(pa.array(whole), pa.string()), ".", decimals)


def joined(*parts: pa.Array | str, separator: str = "") -> pa.Array:
    """Texts next to each other, row by row."""
    return pc.binary_join_element_wise(*parts, separator)


def write_table(path: Path, header: list[str], parts: Iterable[list[pa.Array]]) -> None:
    """Write columns of text as lines; what would not be read back is in quotes."""
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("\t".join(header) + "\n")
        for columns in parts:
            lines = joined(*map(quoted, columns), separator="\t")
            file.writelines(f"{line}\n" for line in lines.to_pylist())


def quoted(column: pa.Array) -> pa.Array:
    r"""Text in quotes where it has a quote, a tab or the end of a line in it.

    >>> print(*quoted(pa.array(["plain", 'a "b" c'])).to_pylist())
    plain "a ""b"" c"
    """
    special = pc.match_substring_regex(column, '["\t\r\n]')
    if not pc.any(special).as_py():
        return column
    doubled = pc.replace_substring(column, '"', '""')
    return pc.if_else(special, joined('"', doubled, '"'), column)
