select
    ts,
    course_id,
    watch_percentage,
    rating
from stg_events
where user_id = $1
order by all
