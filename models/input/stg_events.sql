{{ config(materialized="view") }}

-- wait for the rejection check before building on the accepted rows
-- depends_on: {{ ref("rejected_events") }}

with base_events as (

    select * from {{ ref("base_events") }}

),

accepted_events_kept as (

    select
        ---------- ids
        user_id,
        course_id,
        user_id_spelling,
        course_id_spelling,

        ---------- numerics
        watch_percentage,
        rating,

        ---------- flags
        is_watch_percentage_unreadable,
        is_rating_unreadable,

        ---------- timestamps
        ts,
        {{ epoch_seconds("ts") }} as ts_epoch
    from base_events
    where reason is null

)

select * from accepted_events_kept
