select
    events.ts,
    events.course_id,
    events.watch_percentage,
    events.rating
from int_selected_events as events
inner join user_splits as users on events.user_id = users.user_id
where events.user_id = $1 and events.ts >= users.cut_ts
order by all
