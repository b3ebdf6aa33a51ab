-- Events are in the order of user, time, tie key and course.
with users as (

    select
        user_id,
        {{ split_key(literal(setting("split_seed")), "user_id") }} as split_key
    from {{ ref("events_sessionized") }}
    group by user_id

),

courses as (

    select
        course_id,
        {{ split_key(literal(setting("split_seed")), "course_id") }} as split_key
    from {{ ref("events_sessionized") }}
    group by course_id

)

select events.file_row_number
from {{ ref("events_sessionized") }} as events
inner join users on events.user_id = users.user_id
inner join courses on events.course_id = courses.course_id
qualify events.file_row_number != row_number() over (
    order by
        events.user_id asc,
        events.ts asc,
        {{ tie_key("users.split_key", "courses.split_key") }} asc,
        events.course_id asc,
        events.watch_percentage asc nulls first,
        events.rating asc nulls first,
        events.file_row_number asc
) - 1
