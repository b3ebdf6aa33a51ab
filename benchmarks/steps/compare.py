"""Time single steps in turns, ours in SQL and the libraries', on the same rows.

The libraries are in an environment of `make test-peers`. Only the step is timed, in
memory, without reading the rows or loading the library. All must make the same number
of rows or sessions, and the same sequences.
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
LIBRARIES = STEPS.parents[1] / ".venv-recommenders" / "bin" / "python"
THEIRS = {
    "split": ["with_replay"],
    "sessions": ["with_replay"],
    "sequences": ["with_replay", "with_rectools"],
    "pairs": ["with_recbole"],
}
Turns = dict[str, list[dict[str, Any]]]
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

-- an order that is the same for all: no two events of a user in one second
create view log as
select user_id, item_id, timestamp
from (
    select
        user_id,
        item_id,
        epoch_us(created_at) // 1000000 as timestamp,
        count(*) over (
            partition by user_id, epoch_us(created_at) // 1000000
        ) as n_at_once
    from read_parquet('{path}')
)
where n_at_once = 1;
"""
DIFFERENCES = """
select count(*)
from (
    (from read_parquet('{ours}') except from read_parquet('{theirs}'))
    union all
    (from read_parquet('{theirs}') except from read_parquet('{ours}'))
)
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
            copy log to '{folder}/log.parquet';
            copy (
                select
                    user_id as "user_id:token",
                    item_id as "item_id:token",
                    timestamp as "timestamp:float"
                from sequences
            ) to '{folder}/sequences/sequences.inter' (format csv, delimiter '\t')
            """
        )


def take(python: str | Path, script: str, step: str, folder: Path) -> dict[str, Any]:
    """Run one turn: seconds, MiB, and the number that must be the same for all."""
    output = subprocess.check_output(
        [python, STEPS / f"{script}.py", step, folder],
        cwd=folder,
        env=os.environ | {"POLARS_MAX_THREADS": "2", "OMP_NUM_THREADS": "2"},
        stderr=subprocess.DEVNULL,
        text=True,
    )
    return json.loads(output.splitlines()[-1])


def check_equal(step: str, turns: Turns, folder: Path) -> None:
    """Stop unless all have made the same number, and the same sequences."""
    numbers = {turn["n"] for taken in turns.values() for turn in taken}
    if len(numbers) > 1:
        sys.exit(f"compare: {step}: different numbers: {numbers}")
    if step != "sequences":
        return
    ours, *written = (folder / f"{name}.parquet" for name in turns)
    for theirs in written:
        query = DIFFERENCES.format(ours=ours, theirs=theirs)
        with duckdb.connect() as connection:
            (n_different,) = connection.execute(query).fetchall()[0]
        if n_different:
            sys.exit(f"compare: {step}: {n_different:,} rows differ in {theirs.stem}")


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("events", type=Path, help="written by generate_events.py")
    parser.add_argument(
        "--libraries",
        type=Path,
        default=LIBRARIES,
        metavar="PYTHON",
        help="a Python that has the libraries (default: the one of .venv-recommenders)",
    )
    parser.add_argument("--rounds", type=int, default=3, help="default: 3")
    args = parser.parse_args()
    libraries = args.libraries.absolute()
    if not libraries.exists():
        parser.error(f"{libraries}: no such file; make .venv-recommenders/recommenders")
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        prepare(args.events, folder)
        for step, scripts in THEIRS.items():
            turns: Turns = {name: [] for name in ("ours", *scripts)}
            for _ in range(args.rounds):
                for name, taken in turns.items():
                    python = sys.executable if name == "ours" else libraries
                    taken.append(take(python, name, step, folder))
                    print(step, name, taken[-1], flush=True)
            check_equal(step, turns, folder)
            found[step] = turns
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    subprocess.run([sys.executable, STEPS.parent / "page.py"], check=True)


if __name__ == "__main__":
    main()
