-- a hook looks up how implausible times were given
-- depends_on: {{ ref("raw_events") }}

with base_events as (

    select * from {{ ref("base_events") }}

),

rejected_events_kept as (

    select
        user_id_given as user_id,
        item_id_given as item_id,
        created_at_given as created_at,
        watch_percentage_given as watch_percentage,
        rating_given as rating,
        reason
    from base_events
    where reason is not null

)

select * from rejected_events_kept
