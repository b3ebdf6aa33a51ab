with events as (

    select * from {{ ref("int_selected_events") }}

),

users as (

    select * from {{ ref("user_splits") }}

),

courses_found as (

    select distinct events.course_id
    from events
    inner join users on events.user_id = users.user_id
    where {{ is_before("events.ts", "users.cut_ts") }}

),

courses_ranked as (

    select
        course_id,
        {{ split_key(literal(setting("split_seed")), "course_id") }} as split_key,
        cast(row_number() over (order by course_id) as bigint) as course_rank
    from courses_found

),

courses_numbered as (

    select
        course_id,
        course_rank - 1 as item_id,
        split_key,
        course_rank
    from courses_ranked

)

select * from courses_numbered
