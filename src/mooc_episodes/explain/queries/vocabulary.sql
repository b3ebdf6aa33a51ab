with courses as (

    select
        item_id,
        count(*) as n_events,
        course_id
    from events_sessionized
    where user_id = $1
    group by item_id, course_id

)

select
    courses.item_id,
    courses.n_events,
    courses.course_id,
    named.name
from courses
left join course_names as named on courses.course_id = named.course_id
order by courses.item_id
