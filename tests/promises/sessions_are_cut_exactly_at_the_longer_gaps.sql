-- A session starts at a user's first event and after each longer gap, nowhere else.
-- looks at: events
with gaps_measured as (

    select
        user_id,
        session_id,
        ts,
        pos_in_sess,
        {{ epoch_microseconds("ts") }}
        - {{ epoch_microseconds("lag(ts) over events_in_order") }} as gap_us,
        lag(session_id) over events_in_order as previous_session_id
    from {{ ref("events_sessionized") }}
    window events_in_order as ({{ events_in_order() }})

),

starts_numbered as (

    select
        user_id,
        session_id,
        row_number() over ({{ events_in_order() }}) as session_number
    from gaps_measured
    where gap_us is null or gap_us > {{ setting("session_gap_seconds") * 1000000 }}

)

select session_id
from starts_numbered
where session_id != {{ session_id("user_id", "session_number") }}
union all
select session_id
from gaps_measured
where
    gap_us <= {{ setting("session_gap_seconds") * 1000000 }}
    and session_id != previous_session_id
