-- by the id as it was read; the values as they were given
select
    user_id_given as user_id,
    item_id_given as item_id,
    created_at_given as created_at,
    watch_percentage_given as watch_percentage,
    rating_given as rating,
    reason
from base_events
where user_id = $1 and reason is not null
order by all
