"""Generate any number of events like XuetangX's, as Parquet.

The same arguments produce the same rows. Calibrated to what is known about XuetangX
(events per user: median 33, 90 % 1,017, 99 % 6,331, mean 454; 1,629 courses with string
ids; one session of 131,827 events); the rest is assumed, as follows. Users come back in
sessions of 5 to 59 events about 37 s apart (bursts, ties and small reversals), with
hours to days in between. They stay on a course for runs of 1 to 5 events and return to
a few courses of their own, drawn from a long tail. Rows are in the order in which
sessions began, as in a log.
"""

import argparse
import itertools
from pathlib import Path

import duckdb

EVENTS_PER_USER = 454.4  # the mean of the curve below
# Share of users, and the most events that users below that share have. The quantiles
# between the known ones are chosen so that 772,887 users have 351 M events.
QUANTILES = {
    0.0: 1,
    0.5: 33,
    0.75: 150,
    0.9: 1_017,
    0.95: 2_000,
    0.99: 6_331,
    0.999: 13_000,
    1.0: 150_000,
}
LONGEST_SESSION = 131_827
COURSES = 1_629
FIRST_DAY = "2015-08-01"

# MurmurHash3's 32-bit finalizer turns two numbers into a third that looks random, the
# same in every version of DuckDB (unlike its own hash()).
MACROS = """
create macro mixed(x) as (x * 2654435761) % 4294967296;
create macro scrambled(x) as xor(x, x >> 15) * 2246822519 % 4294967296;
create macro chance(a, b) as
    scrambled(scrambled(mixed(((a * 31) + (b * 1000003)) % 4294967296)));
"""

USERS = """
create table users as
with shares as (
    select
        cast(range as ubigint) as rank,
        (range + 0.5) / {n_users} as share
    from range({n_users})
),
counted as (
    select
        rank,
        share,
        cast(floor(lower * (upper / lower) ** ((share - start) / (stop - start)))
            as bigint) as n_events
    from shares
    inner join (values {segments}) as segments(start, stop, lower, upper)
        on share >= start and share < stop
)
select
    1000 + rank as user_id,
    n_events,
    case when n_events > {longest} then {longest} else 5 + chance(rank, 1) % 55 end
        as session_length,
    1 + chance(rank, 2) % 5 as run_length,
    3 + least(n_events // 40, 60) as n_own_courses,
    cast(chance(rank, 3) % 500 as bigint) as first_day
from counted
"""

# Sessions are two days apart, or closer if a user has many, with an hour of jitter.
SESSIONS = """
create table sessions as
select
    user_id,
    run_length,
    n_own_courses,
    session_length * session as first_event,
    least(session_length, n_events - session_length * session) as n_events,
    epoch(timestamp '{first_day}') + first_day * 86400
        + session * least(2 * 86400, 700 * 86400 // ceil(n_events / session_length))
        + chance(user_id, 100 + session) % 3600 as start_ts
from (
    select *, cast(unnest(range(ceil(n_events / session_length)::bigint)) as ubigint)
        as session
    from users
)
order by start_ts, user_id, first_event
"""

EVENTS = """
copy (
    with numbered as (
        select
            *,
            first_event + step as number,
            (first_event + step) // run_length as run
        from (select *, cast(unnest(range(n_events::bigint)) as ubigint) as step
            from sessions)
    )
    select
        cast(user_id as bigint) as user_id,
        'course-' || cast(floor({courses} ** (chance(user_id, 7000000
            + chance(user_id, 9000000 + run) % n_own_courses) / 4294967296.0))
            as bigint) as item_id,
        make_timestamp(1000000 * cast(
            start_ts + 37 * step + chance(user_id, number) % 50 as bigint
        )) as created_at
    from numbered
) to '{path}' (format parquet, compression zstd)
"""


def generate(path: Path, n_events: int) -> None:
    """Write approximately this many events."""
    n_users = max(1, round(n_events / EVENTS_PER_USER))
    knots = list(QUANTILES.items())
    segments = ", ".join(
        f"({start}, {stop}, {lower}.0, {upper}.0)"
        for (start, lower), (stop, upper) in itertools.pairwise(knots)
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        for statement in (
            MACROS,
            USERS.format(n_users=n_users, segments=segments, longest=LONGEST_SESSION),
            SESSIONS.format(first_day=FIRST_DAY),
            EVENTS.format(courses=COURSES, path=str(path).replace("'", "''")),
        ):
            connection.execute(statement)


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("path", type=Path, help="the Parquet file to write")
    parser.add_argument("--events", type=int, default=1_000_000, help="about how many")
    args = parser.parse_args()
    if args.events < 1:
        parser.error("--events: must be at least 1")
    generate(args.path, args.events)


if __name__ == "__main__":
    main()
