with events_in_time as (

    select * from int_events_in_time
    where user_id = $1

)

select
    ts,
    course_id,
    'time' as left_out_by
from stg_events
where user_id = $1 and ts not in (select kept.ts from events_in_time as kept)
union all
select
    events.ts,
    events.course_id,
    'course' as left_out_by
from events_in_time as events
inner join int_course_users as courses on events.course_id = courses.course_id
where not courses.has_enough_users
order by all
