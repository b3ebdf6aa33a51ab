-- Every user of a split has events, and every user with events is in a split.
-- looks at: users
with users_with_events as (

    select distinct user_id from {{ ref("events_sessionized") }}

)

select
    users.user_id as user_in_a_split,
    users_with_events.user_id as user_with_events
from {{ ref("user_splits") }} as users
full outer join users_with_events on users.user_id = users_with_events.user_id
where users.user_id is null or users_with_events.user_id is null
