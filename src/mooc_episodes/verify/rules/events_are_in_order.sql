-- Events are in the order of user, time and course.
select file_row_number
from {{ ref("events_sessionized") }}
qualify file_row_number != row_number() over (
    order by
        user_id asc,
        ts_epoch asc,
        course_id asc,
        ts asc,
        watch_percentage asc nulls first,
        rating asc nulls first,
        file_row_number asc
) - 1
