"""The floor: read, sort and write the raw rows, rewrite the finished artifacts."""

import argparse
from pathlib import Path

import duckdb


def literal(path: Path) -> str:
    """A path as an SQL literal."""
    return "'" + str(path).replace("'", "''") + "'"


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", type=Path, help="Parquet file of events")
    parser.add_argument("out", type=Path, help="folder to write to")
    parser.add_argument("artifacts", type=Path, help="folder of finished artifacts")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(args.out / "floor.duckdb") as connection:
        connection.execute("set threads = 2")
        connection.execute(
            f"""
            copy (
                select * from read_parquet({literal(args.events)})
                order by user_id, created_at, item_id
            ) to {literal(args.out / "events.parquet")} (compression zstd)
            """
        )
        for path in sorted(args.artifacts.rglob("*.parquet")):
            connection.execute(
                f"copy (select * from read_parquet({literal(path)}))"
                f" to {literal(args.out / path.name)} (compression zstd)"
            )


if __name__ == "__main__":
    main()
