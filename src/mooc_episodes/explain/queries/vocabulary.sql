select
    item_id,
    count(*) as n_events,
    course_id
from events_sessionized
where user_id = $1
group by item_id, course_id
order by item_id
