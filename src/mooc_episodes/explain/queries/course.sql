select
    count(*) as n_events,
    count(distinct events.user_id) as n_users,
    max(vocab.item_id) as item_id
from stg_events as events
left join vocab on events.course_id = vocab.course_id
where events.course_id = $1
