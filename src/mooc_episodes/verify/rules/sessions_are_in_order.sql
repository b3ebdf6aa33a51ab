-- Each session has one row, and the rows are in the order of their events.
with sessions_seen as (

    select
        session_id,
        min(file_row_number) as first_row
    from {{ ref("events_sessionized") }}
    group by session_id

),

sessions_ranked as (

    select
        session_id,
        row_number() over (order by first_row) - 1 as expected_row_number
    from sessions_seen

)

select sessions.session_id
from {{ ref("sessions") }} as sessions
left join sessions_ranked as expected on sessions.session_id = expected.session_id
where sessions.file_row_number is distinct from expected.expected_row_number
