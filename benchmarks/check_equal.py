"""Check that a peer's folder equals ours: the same files, types, rows and values.

Exits 1 and names the first difference. Bytes may differ: each tool has its own writer.
Some files and columns only ours has; a peer that lacks them does less work.
"""

import argparse
import json
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import duckdb

ONLY_OURS = ("manifest.json", "croissant.json", "sequences/*", "*/*_offsets_*")
COLUMNS_ONLY_OURS = {"window", "n_known", "support_label_ts", "query_label_ts"}


def artifacts(folder: Path) -> set[str]:
    """The artifacts in a folder, as relative paths."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.suffix in {".json", ".parquet"}
    }


def difference_of_tables(ours: Path, theirs: Path) -> str | None:
    """The first difference between two Parquet files, in columns, rows or values."""
    with duckdb.connect() as connection:
        columns, n_rows = shape(connection, theirs)
        of_ours, n_ours = shape(connection, ours)
        more = of_ours.keys() - columns.keys()
        compared = {name: of_ours[name] for name in of_ours.keys() - more}
        if (compared, n_ours) != (columns, n_rows) or not more <= COLUMNS_ONLY_OURS:
            return f"{(of_ours, n_ours)} and {(columns, n_rows)}"
        for column in columns:
            found = connection.execute(
                f"""
                select row, ours, theirs
                from (
                    select row_number() over () as row, a.value as ours,
                        b.value as theirs
                    from (select "{column}" as value from read_parquet(?)) as a
                    positional join
                        (select "{column}" as value from read_parquet(?)) as b
                )
                where ours is distinct from theirs
                limit 1
                """,
                [str(ours), str(theirs)],
            ).fetchone()
            if found:
                row, ours, theirs = found
                return f"{column} of row {row}: {short(ours)} and {short(theirs)}"
    return None


def short(value: Any) -> str:
    """A value as text; only the end of a long one."""
    text = str(value)
    return text if len(text) < 80 else f"…{text[-80:]}"


def shape(
    connection: duckdb.DuckDBPyConnection, path: Path
) -> tuple[dict[str, str], int]:
    """The columns and types of a Parquet file, and its number of rows."""
    described = connection.execute("describe from read_parquet(?)", [str(path)])
    columns = {name: kind for name, kind, *_ in described.fetchall()}
    counted = connection.execute("select count(*) from read_parquet(?)", [str(path)])
    return columns, counted.fetchall()[0][0]


def difference(ours: Path, theirs: Path) -> str | None:
    """The first difference between two folders."""
    names, of_ours = artifacts(theirs), artifacts(ours)
    if not names:
        return "no artifacts of the peer"
    needed = {
        name for name in of_ours if not any(fnmatch(name, one) for one in ONLY_OURS)
    }
    if not needed <= names <= of_ours:
        return f"only in one: {sorted((needed - names) | (names - of_ours))}"
    for name in sorted(names):
        a, b = ours / name, theirs / name
        if a.suffix == ".parquet":
            found = difference_of_tables(a, b)
        else:
            same = json.loads(a.read_text()) == json.loads(b.read_text())
            found = None if same else "different content"
        if found:
            return f"{name}: {found}"
    return None


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("ours", type=Path, help="our folder")
    parser.add_argument("theirs", type=Path, help="the peer's")
    args = parser.parse_args()
    found = difference(args.ours.resolve(), args.theirs.resolve())
    if found:
        sys.exit(f"check_equal: {found}")


if __name__ == "__main__":
    main()
