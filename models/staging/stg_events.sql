{{ config(materialized="view") }}

select
    user_id,
    course_id,
    watch_percentage,
    rating,
    is_watch_percentage_unreadable,
    is_rating_unreadable,
    ts,
    {{ epoch_seconds("ts") }} as ts_epoch
from {{ ref("base_events") }}
where reason is null
