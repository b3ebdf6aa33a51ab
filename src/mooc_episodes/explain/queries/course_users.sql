select
    courses.n_users,
    courses.has_enough_users,
    count(splits.user_id) as n_eligible_events
from int_course_users as courses
left join int_selected_events as events on courses.course_id = events.course_id
left join user_splits as splits on events.user_id = splits.user_id
where courses.course_id = $1
group by courses.n_users, courses.has_enough_users
