"""The floor: raw rows read, sorted, written; finished artifacts rewritten; no more."""

import argparse
from pathlib import Path

import duckdb


def literal(path: Path) -> str:
    """A path in SQL."""
    return "'" + str(path).replace("'", "''") + "'"


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", type=Path, help="Parquet file of events")
    parser.add_argument("out", type=Path, help="folder to write to")
    parser.add_argument("artifacts", type=Path, help="folder of finished artifacts")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(given.out / "floor.duckdb") as connection:
        connection.execute("set threads = 2")
        connection.execute(
            f"""
            copy (
                select * from read_parquet({literal(given.events)})
                order by user_id, created_at, item_id
            ) to {literal(given.out / "events.parquet")} (compression zstd)
            """
        )
        for path in sorted(given.artifacts.rglob("*.parquet")):
            connection.execute(
                f"copy (select * from read_parquet({literal(path)}))"
                f" to {literal(given.out / path.name)} (compression zstd)"
            )


if __name__ == "__main__":
    main()
