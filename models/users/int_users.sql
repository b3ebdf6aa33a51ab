-- a hook counts them if no event is left
-- depends_on: {{ ref("stg_events") }}

with events as (

    select * from {{ ref("int_selected_events") }}

),

users_counted as (

    select
        user_id,
        count(*) as n_events,
        min(ts) as first_ts
    from events
    group by user_id

),

eligibility_decided as (

    select
        user_id,
        n_events,
        first_ts,
        n_events >= {{ min_interactions() }} as is_eligible
    from users_counted

)

select * from eligibility_decided
