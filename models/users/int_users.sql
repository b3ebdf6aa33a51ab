with events as (

    select * from {{ ref("stg_events") }}

),

users_counted as (

    select
        user_id,
        count(*) as n_events
    from events
    group by user_id

),

eligibility_decided as (

    select
        user_id,
        n_events,
        n_events >= {{ min_interactions() }} as is_eligible
    from users_counted

)

select * from eligibility_decided
