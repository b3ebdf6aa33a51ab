"""Time single steps in turns, ours in SQL and the libraries', on the same rows.

RePlay and RecBole need their own environments (docs/benchmarks.md says how to set them
up). Only the step is timed, in memory, without reading the rows or loading the library.
Both sides must produce the same number of rows or sessions.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import duckdb

STEPS = Path(__file__).resolve().parent
RESULT = STEPS.parent / "results" / "steps.json"
THEIRS = {
    "split": "with_replay",
    "sessions": "with_replay",
    "pairs": "with_recbole",
}
INPUT = """
create view events as
select
    user_id,
    dense_rank() over (order by item_id) as item_id,
    epoch_us(created_at) // 1000000 as timestamp
from read_parquet('{path}');

create view sequences as
select user_id, item_id, timestamp
from (
    select *, lag(item_id) over (
        partition by user_id order by timestamp, item_id
    ) as before
    from events
)
where item_id is distinct from before;
"""


def prepare(events: Path, folder: Path) -> None:
    """Write the input of the steps; RecBole reads its own text format."""
    (folder / "sequences").mkdir()
    path = str(events).replace("'", "''")
    with duckdb.connect() as connection:
        connection.execute(INPUT.format(path=path))
        connection.execute(
            f"""
            copy events to '{folder}/events.parquet';
            copy sequences to '{folder}/sequences.parquet';
            copy (
                select
                    user_id as "user_id:token",
                    item_id as "item_id:token",
                    timestamp as "timestamp:float"
                from sequences
            ) to '{folder}/sequences/sequences.inter' (format csv, delimiter '\t')
            """
        )


def take(python: str, script: str, step: str, folder: Path) -> dict[str, Any]:
    """Run one turn: seconds, MiB, and the number that must be the same for all."""
    output = subprocess.check_output(
        [python, STEPS / f"{script}.py", step, folder],
        cwd=folder,
        env=os.environ | {"POLARS_MAX_THREADS": "2", "OMP_NUM_THREADS": "2"},
        stderr=subprocess.DEVNULL,
        text=True,
    )
    return json.loads(output.splitlines()[-1])


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("events", type=Path, help="written by generate_events.py")
    parser.add_argument("--replay", help="a Python with replay-rec installed")
    parser.add_argument("--recbole", help="a Python with recbole installed")
    parser.add_argument("--rounds", type=int, default=3, help="default: 3")
    args = parser.parse_args()
    pythons = {"with_replay": args.replay, "with_recbole": args.recbole}
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        prepare(args.events, folder)
        for step, theirs in THEIRS.items():
            python = pythons[theirs]
            if python is None:
                print(f"{step}: skipped; pass a Python that has the library")
                continue
            python = str(Path(python).absolute())
            turns: dict[str, list[dict[str, Any]]] = {"ours": [], theirs: []}
            for _ in range(args.rounds):
                turns["ours"].append(take(sys.executable, "ours", step, folder))
                turns[theirs].append(take(python, theirs, step, folder))
            numbers = {turn["n"] for taken in turns.values() for turn in taken}
            if len(numbers) > 1:
                sys.exit(f"compare: {step}: different numbers: {numbers}")
            found[step] = turns
            print(step, turns)
    before = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(before | found, indent=2) + "\n", encoding="utf-8")
    subprocess.run([sys.executable, STEPS.parent / "page.py"], check=True)


if __name__ == "__main__":
    main()
