"""Check that two folders hold equal artifacts: the same files, types, rows and values.

Exits 1 and names the first difference. Bytes may differ: each tool has its own writer.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import duckdb

EXPORT_ONLY = "manifest.json"


def artifacts(folder: Path) -> list[str]:
    """The artifacts in a folder, as sorted relative paths."""
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.suffix in {".json", ".parquet"} and path.name != EXPORT_ONLY
    )


def difference_of_tables(one: Path, other: Path) -> str | None:
    """The first difference between two Parquet files, in columns, rows or values."""
    with duckdb.connect() as connection:
        columns, n_rows = shape(connection, one)
        if (columns, n_rows) != shape(connection, other):
            return f"{(columns, n_rows)} and {shape(connection, other)}"
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
                [str(one), str(other)],
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


def difference(one: Path, other: Path) -> str | None:
    """The first difference between two folders."""
    names = artifacts(one)
    if names != artifacts(other):
        return f"only in one: {sorted(set(names) ^ set(artifacts(other)))}"
    if not names:
        return "no artifacts in either"
    for name in names:
        a, b = one / name, other / name
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
    parser.add_argument("one", type=Path, help="a folder of artifacts")
    parser.add_argument("other", type=Path, help="another")
    args = parser.parse_args()
    found = difference(args.one.resolve(), args.other.resolve())
    if found:
        sys.exit(f"check_equal: {found}")


if __name__ == "__main__":
    main()
