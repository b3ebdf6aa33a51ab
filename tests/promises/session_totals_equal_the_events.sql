-- Each session has the user, times and number of its events, and each event has one.
-- looks at: events
with events_counted as (

    select
        session_id,
        min(user_id) as first_user_id,
        max(user_id) as last_user_id,
        count(*) as n_events,
        min(sess_len) as shortest_sess_len,
        max(sess_len) as longest_sess_len,
        max(pos_in_sess) as last_pos_in_sess,
        min(ts_epoch) as start_ts,
        max(ts_epoch) as end_ts
    from {{ ref("events_sessionized") }}
    group by session_id

)

select session_id
from events_counted
full outer join {{ ref("sessions") }} as sessions using (session_id)
where
    events_counted.first_user_id is distinct from sessions.user_id
    or events_counted.last_user_id is distinct from sessions.user_id
    or events_counted.n_events is distinct from sessions.n_events
    or events_counted.shortest_sess_len is distinct from sessions.n_events
    or events_counted.longest_sess_len is distinct from sessions.n_events
    or events_counted.last_pos_in_sess is distinct from sessions.n_events
    or events_counted.start_ts is distinct from sessions.start_ts
    or events_counted.end_ts is distinct from sessions.end_ts
    or sessions.duration_sec is distinct from sessions.end_ts - sessions.start_ts
