with events as (

    select * from {{ ref("stg_events") }}

),

users as (

    select * from {{ ref("user_splits") }}

),

courses_found as (

    select distinct events.course_id
    from events
    inner join users on events.user_id = users.user_id

),

courses_numbered as (

    select
        course_id,
        cast(row_number() over (order by course_id) as bigint) - 1 as item_id
    from courses_found

)

select * from courses_numbered
