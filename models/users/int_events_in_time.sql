{{ config(materialized="view") }}

with events as (

    select * from {{ ref("stg_events") }}

),

events_within_times_kept as (

    select *
    from events
    where {{ is_in_time("ts") }}

)

select * from events_within_times_kept

-- sqlfluff:exclude_rules:AM04
