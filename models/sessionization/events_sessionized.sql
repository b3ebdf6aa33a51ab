{{ config(materialized="view") }}

with events as (

    select * from {{ ref("int_user_events") }}

),

sessions as (

    select * from {{ ref("sessions") }}

),

vocab as (

    select * from {{ ref("vocab") }}

),

sessions_joined as (

    select
        events.user_id,
        vocab.course_id,
        sessions.session_id,
        events.ts,
        events.ts_epoch,
        events.event_number,
        events.gap_us,
        events.session_number,
        events.event_number - sessions.first_event_number + 1 as pos_in_sess,
        sessions.n_events as sess_len,
        events.item_id,
        events.watch_percentage,
        events.rating
    from events
    inner join sessions
        on
            events.user_id = sessions.user_id
            and events.session_number = sessions.session_number
    inner join vocab on events.item_id = vocab.item_id

)

select * from sessions_joined
