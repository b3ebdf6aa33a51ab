-- Every rating and watch_percentage that is given is a finite number, and never -0.0.
-- looks at: events
-- NaN by name: it is not in a Parquet file's greatest value, by which DuckDB skips rows
select
    user_id,
    session_id,
    pos_in_sess
from {{ ref("events_sessionized") }}
where
    isnan(rating)
    or isnan(watch_percentage)
    or abs(rating) = cast('infinity' as double)
    or abs(watch_percentage) = cast('infinity' as double)
    or case when rating = 0 then cast(rating as string) = '-0.0' end
    or case when watch_percentage = 0 then cast(watch_percentage as string) = '-0.0' end
