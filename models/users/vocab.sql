with courses as (

    select distinct events.course_id
    from {{ ref("stg_events") }} as events
    inner join {{ ref("user_splits") }} as users on events.user_id = users.user_id

),

courses_numbered as (

    select
        course_id,
        cast(row_number() over (order by course_id) as bigint) - 1 as item_id
    from courses

)

select * from courses_numbered
