-- Every user is in the split that split_method, its seed, ratios or times give.
with users as (

    select
        user_id,
        split
    from {{ ref("user_splits") }}

),

-- no user's first event is cut
users_begun as (

    select
        user_id,
        min(ts) as first_ts
    from {{ ref("events_sessionized") }}
    group by user_id

),

splits_assigned as (

    {{ assigned_splits("users_begun") }}

)

select users.user_id
from users
inner join splits_assigned as expected on users.user_id = expected.user_id
-- the file of pinned splits is not published
where
    {{ "false" if setting("split_method") == "pinned"
        else "users.split != expected." ~ setting("split_method") ~ "_split" }}
