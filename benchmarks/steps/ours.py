"""Single steps in SQL, as in the models: split, sessions, pairs. Prints JSON."""

import json
import resource
import sys
import time
from pathlib import Path

import duckdb

SESSIONS = """
with gaps_measured as (
    select *, timestamp - lag(timestamp) over in_order as gap_seconds
    from events
    window in_order as (partition by user_id order by timestamp, item_id)
)
select
    *,
    sum(case when gap_seconds <= 1800 then 0 else 1 end) over (
        partition by user_id order by timestamp, item_id
        rows between unbounded preceding and current row
    ) as session
from gaps_measured
"""
SPLIT = """
with users as (select distinct user_id from events),
ranked as (
    select
        user_id,
        row_number() over (
            order by substr(md5('20260112:' || user_id), 1, 13), user_id
        ) as rank,
        count(*) over () as n
    from users
)
select events.*, rank > floor(n * 0.85) as is_test
from events
inner join ranked using (user_id)
"""
PAIRS = """
with prefixes as (
    select
        user_id,
        item_id as label,
        timestamp,
        array_agg(item_id) over (
            partition by user_id order by timestamp, item_id
            rows between 20 preceding and 1 preceding
        ) as prefix
    from sequences
)
select * from prefixes
where prefix is not null
"""
STEPS = {
    "split": (SPLIT, "count(*)"),
    "sessions": (SESSIONS, "count(distinct (user_id, session))"),
    "pairs": (PAIRS, "count(*)"),
}


def main() -> None:
    """Run the command; its arguments are a step and the folder of its input."""
    step, folder = sys.argv[1], Path(sys.argv[2])
    statement, count = STEPS[step]
    with duckdb.connect() as connection:
        connection.execute("set threads = 2")
        for name in ("events", "sequences"):
            path = str(folder / f"{name}.parquet").replace("'", "''")
            connection.execute(f"create table {name} as from read_parquet('{path}')")
        start = time.perf_counter()
        connection.execute(f"create table done as {statement}")
        seconds = time.perf_counter() - start
        n = connection.execute(f"select {count} from done").fetchall()[0][0]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "n": n, "peak_mib": peak}))


if __name__ == "__main__":
    main()
