-- A course of pinned_vocab keeps its id, and other courses follow in vocab_order.
-- looks at: events
with pinned as (

    select * from {{ ref("stg_pinned_vocab") }}

),

pinned_ids_joined as (

    select
        vocab.course_id,
        vocab.item_id,
        vocab.split_key,
        pinned.item_id as pinned_id
    from {{ ref("vocab") }} as vocab
    left join pinned on vocab.course_id = pinned.course_id

),

courses_ranked as (

    select
        course_id,
        item_id,
        pinned_id,
        row_number() over (
            partition by case when pinned_id is null then 1 end
            order by {{ course_order() }}
        ) as place
    from pinned_ids_joined

),

pinned_counted as (

    select count(*) as n_pinned from pinned

),

courses_numbered as (

    select
        ranked.course_id,
        ranked.item_id,
        coalesce(ranked.pinned_id, counted.n_pinned + ranked.place - 1)
            as expected_item_id
    from courses_ranked as ranked
    cross join pinned_counted as counted

)

select
    numbered.course_id,
    pinned.course_id as pinned_course
from courses_numbered as numbered
full outer join pinned on numbered.course_id = pinned.course_id
where
    numbered.item_id is distinct from numbered.expected_item_id
    or numbered.item_id is null
