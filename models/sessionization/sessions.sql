with events as (

    select * from {{ ref("int_user_events") }}

),

vocab as (

    select * from {{ ref("vocab") }}

),

items_counted as (

    select
        user_id,
        session_number,
        item_id,
        count(*) as n_events
    from events
    group by user_id, session_number, item_id

),

items_ranked as (

    select
        user_id,
        session_number,
        item_id,
        row_number() over (
            partition by user_id, session_number order by n_events desc, item_id asc
        ) as item_rank
    from items_counted

),

sessions_summarized as (

    select
        user_id,
        session_number,
        min(event_number) as first_event_number,
        min(ts_epoch) as start_ts,
        max(ts_epoch) as end_ts,
        count(*) as n_events
    from events
    group by user_id, session_number

),

main_courses_joined as (

    select
        {{ session_id("sessions.user_id", "sessions.session_number") }} as session_id,
        sessions.user_id,
        sessions.session_number,
        sessions.first_event_number,
        vocab.course_id,
        sessions.start_ts,
        sessions.end_ts,
        sessions.n_events,
        sessions.end_ts - sessions.start_ts as duration_sec
    from sessions_summarized as sessions
    inner join items_ranked as items
        on
            sessions.user_id = items.user_id
            and sessions.session_number = items.session_number
    inner join vocab on items.item_id = vocab.item_id
    where items.item_rank = 1

)

select * from main_courses_joined
{{ order_by(["user_id", "session_number"]) }}
