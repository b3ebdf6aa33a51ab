{{ config(materialized="view") }}

with events as (

    select * from {{ ref("int_events_in_time") }}

),

courses as (

    select * from {{ ref("int_course_users") }}

),

events_of_enough_users_kept as (

    select events.*
    from events
    {% if setting("min_item_users") > 1 -%}
        inner join courses on events.course_id = courses.course_id
        where courses.has_enough_users
    {%- endif %}

)

select * from events_of_enough_users_kept

-- sqlfluff:exclude_rules:AM04,ST03
