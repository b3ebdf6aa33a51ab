with gaps_measured as (

    select
        user_id,
        session_number,
        ts_epoch - lag(ts_epoch) over events_in_order as gap,
        session_number - lag(session_number) over events_in_order as sessions_on
    from {{ ref("events_sessionized") }}
    window events_in_order as (partition by user_id order by event_number)

)

select *
from gaps_measured
where
    gap < 0
    or (gap <= {{ setting("session_gap_seconds") }} and sessions_on != 0)
    or (gap > {{ setting("session_gap_seconds") }} and sessions_on != 1)
    or (gap is null and session_number != 1)
