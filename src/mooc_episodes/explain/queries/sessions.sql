select
    sessions.session_id,
    sessions.first_event_number as first_event,
    events.gap_us / 1000000 as gap_before,
    sessions.n_events,
    sessions.duration_sec,
    sessions.course_id
from sessions
inner join int_user_events as events
    on
        sessions.user_id = events.user_id
        and sessions.first_event_number = events.event_number
where sessions.user_id = $1
order by sessions.session_number
