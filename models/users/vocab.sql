with events as (

    select * from {{ ref("int_selected_events") }}

),

users as (

    select * from {{ ref("user_splits") }}

),

pinned_courses as (

    select * from {{ ref("stg_pinned_vocab") }}

),

courses_found as (

    select distinct events.course_id
    from events
    inner join users on events.user_id = users.user_id
    where {{ is_before("events.ts", "users.cut_ts") }}

),

pinned_courses_added as (

    select course_id from courses_found
    union
    select course_id from pinned_courses

),

courses_ranked as (

    select
        course_id,
        {{ split_key(literal(setting("split_seed")), "course_id") }} as split_key,
        cast(row_number() over (order by course_id) as bigint) as course_rank
    from pinned_courses_added

),

pinned_ids_joined as (

    select
        courses.*,
        pinned.item_id as pinned_id
    from courses_ranked as courses
    left join pinned_courses as pinned on courses.course_id = pinned.course_id

),

-- pinned ids are 0 to n - 1, so they stay as they are
courses_numbered as (

    select
        course_id,
        cast(
            row_number() over (
                order by pinned_id asc nulls last, {{ course_order() }}
            ) - 1 as bigint
        ) as item_id,
        split_key,
        course_rank
    from pinned_ids_joined

)

select * from courses_numbered
