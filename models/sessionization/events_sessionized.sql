{{ config(materialized="view") }}

with sessions_joined as (

    select
        events.user_id,
        vocab.course_id,
        sessions.session_id,
        events.ts,
        events.ts_epoch,
        events.event_number,
        events.gap_seconds,
        sessions.session_number,
        events.event_number - events.session_start + 1 as pos_in_sess,
        sessions.n_events as sess_len,
        events.item_id,
        events.watch_percentage,
        events.rating
    from {{ ref("int_user_events") }} as events
    inner join {{ ref("sessions") }} as sessions
        on
            events.user_id = sessions.user_id
            and events.session_start = sessions.session_start
    inner join {{ ref("vocab") }} as vocab on events.item_id = vocab.item_id

)

select * from sessions_joined
