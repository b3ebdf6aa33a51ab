-- The vocabulary is the courses of the events, numbered from 0 in their order.
-- looks at: events
with courses_seen as (

    select distinct
        course_id,
        item_id
    from {{ ref("events_sessionized") }}

),

courses_numbered as (

    select
        course_id,
        item_id,
        row_number() over (order by course_id, item_id) - 1 as expected_item_id
    from courses_seen

)

select course_id
from courses_numbered
full outer join {{ ref("vocab") }} as vocab using (course_id)
where
    vocab.item_id is distinct from courses_numbered.item_id
    or vocab.item_id is distinct from courses_numbered.expected_item_id
