-- A session's course is the most frequent one of its events, on a tie the smallest.
-- looks at: users
with courses_counted as (

    select
        session_id,
        course_id,
        count(*) as n_events
    from {{ ref("events_sessionized") }}
    where {{ test_sample() }}
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

)

select sessions.session_id
from {{ ref("sessions") }} as sessions
left join courses_ranked as courses
    on sessions.session_id = courses.session_id and courses.course_rank = 1
where
    {{ test_sample("sessions.user_id") }}
    and sessions.course_id is distinct from courses.course_id
