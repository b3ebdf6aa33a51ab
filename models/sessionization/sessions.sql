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

courses_joined as (

    select
        items_counted.user_id,
        items_counted.session_number,
        items_counted.n_events,
        vocab.course_id,
        vocab.course_rank
    from items_counted
    inner join vocab on items_counted.item_id = vocab.item_id

),

courses_ranked as (

    select
        *,
        row_number() over (
            partition by user_id, session_number
            order by n_events desc, course_rank asc
        ) as place_in_session
    from courses_joined

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
        courses.course_id,
        sessions.start_ts,
        sessions.end_ts,
        sessions.n_events,
        sessions.end_ts - sessions.start_ts as duration_sec
    from sessions_summarized as sessions
    inner join courses_ranked as courses
        on
            sessions.user_id = courses.user_id
            and sessions.session_number = courses.session_number
    where courses.place_in_session = 1

)

select * from main_courses_joined
{{ order_by(["user_id", "session_number"]) }}
