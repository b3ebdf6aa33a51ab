-- The vocabulary has the courses of the events, numbered from 0 in vocab_order.
-- looks at: events
-- With a pinned_vocab, which is not published: numbered from 0, whatever the order, and
-- with courses that have no event.
{%- set is_pinned = setting("pinned_vocab") is not none %}
with courses_seen as (

    select distinct
        course_id,
        item_id
    from {{ ref("events_sessionized") }}

),

vocabulary as (

    select
        course_id,
        item_id,
        {{ split_key(literal(setting("split_seed")), "course_id") }} as split_key
    from {{ ref("vocab") }}

),

courses_numbered as (

    select
        vocabulary.course_id,
        vocabulary.item_id,
        row_number() over (
            order by {{ "item_id" if is_pinned else course_order() }}
        ) - 1 as expected_item_id
    from vocabulary

)

select
    numbered.course_id,
    seen.course_id as course_seen
from courses_numbered as numbered
full outer join courses_seen as seen on numbered.course_id = seen.course_id
where
    numbered.item_id is null
    or numbered.item_id != numbered.expected_item_id
    or numbered.item_id != seen.item_id
    {% if not is_pinned -%}
        or seen.item_id is null
    {%- endif %}
