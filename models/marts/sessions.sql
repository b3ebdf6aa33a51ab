with events as (

    select * from {{ ref("events_sessionized") }}

),

courses_counted as (

    select
        session_id,
        course_id,
        count(*) as n_events
    from events
    group by session_id, course_id

),

courses_ranked as (

    select
        session_id,
        course_id,
        row_number() over (
            partition by session_id order by n_events desc, course_id asc
        ) as course_rank
    from courses_counted

),

sessions_summed as (

    select
        session_id,
        user_id,
        session_number,
        min(ts_epoch) as start_ts,
        max(ts_epoch) as end_ts,
        count(*) as n_events
    from events
    group by session_id, user_id, session_number

),

main_courses_joined as (

    select
        sessions.session_id,
        sessions.user_id,
        sessions.session_number,
        courses.course_id,
        sessions.start_ts,
        sessions.end_ts,
        sessions.n_events,
        sessions.end_ts - sessions.start_ts as duration_sec
    from sessions_summed as sessions
    inner join courses_ranked as courses on sessions.session_id = courses.session_id
    where courses.course_rank = 1

)

select * from main_courses_joined
