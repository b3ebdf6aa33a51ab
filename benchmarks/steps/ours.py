"""Single steps in SQL: split, sessions, sequences, pairs. Prints JSON."""

import duckdb

from common import arguments, print_turn, timed

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
VOCABULARY = """
    select
        item_id,
        row_number() over (order by item_id) - 1 as item
    from (select distinct item_id from log)
"""
SEQUENCES = f"""
with vocabulary as ({VOCABULARY})
select
    log.user_id,
    list(vocabulary.item order by log.timestamp) as items
from log
inner join vocabulary using (item_id)
group by log.user_id
"""
SEQUENCES_NAMED = f"""
with vocabulary as ({VOCABULARY}),
items as (
    select
        user_id,
        unnest(items) as item,
        generate_subscripts(items, 1) - 1 as position
    from done
)
select user_id, position, item_id
from items
inner join vocabulary using (item)
"""
STEPS = {
    "split": (SPLIT, "count(*)"),
    "sessions": (SESSIONS, "count(distinct (user_id, session))"),
    "sequences": (SEQUENCES, "sum(len(items))::bigint"),
    "pairs": (PAIRS, "count(*)"),
}


def main() -> None:
    """Run the command; its arguments are a step and the folder of its input."""
    step, folder = arguments()
    statement, count = STEPS[step]
    with duckdb.connect() as connection:
        connection.execute("set threads = 2")
        for name in ("events", "sequences", "log"):
            path = str(folder / f"{name}.parquet").replace("'", "''")
            connection.execute(f"create table {name} as from read_parquet('{path}')")
        _, seconds = timed(
            lambda: connection.execute(f"create table done as {statement}")
        )
        n = connection.execute(f"select {count} from done").fetchall()[0][0]
        if step == "sequences":
            path = str(folder / "ours.parquet").replace("'", "''")
            connection.execute(f"copy ({SEQUENCES_NAMED}) to '{path}'")
    print_turn("duckdb", seconds, n)


if __name__ == "__main__":
    main()
