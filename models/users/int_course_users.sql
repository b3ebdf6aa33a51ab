{{ config(materialized="table" if setting("min_item_users") > 1 else "view") }}

with events as (

    select * from {{ ref("int_events_in_time") }}

),

events_counted as (

    select
        course_id,
        user_id,
        count(*) as n_events
    from events
    group by course_id, user_id

),

users_counted as (

    select
        course_id,
        count(*) as n_users,
        cast(sum(n_events) as bigint) as n_events
    from events_counted
    group by course_id

),

courses_judged as (

    select
        course_id,
        n_users,
        n_events,
        n_users >= {{ setting("min_item_users") }} as has_enough_users
    from users_counted

)

select * from courses_judged
