{{ config(materialized="view") }}

-- too many rejected rows stop the build there, before anything is made of the others
-- depends_on: {{ ref("rejected_events") }}

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
