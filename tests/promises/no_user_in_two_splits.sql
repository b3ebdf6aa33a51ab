-- No user is in two splits.
-- looks at: users
with users as (

    select
        user_id,
        split
    from {{ ref("user_splits") }}

),

splits_seen as (

    select
        user_id,
        split
    from users
    union
    select
        user_id,
        split
    from {{ ref("pair_offsets") }}
    union
    select
        user_id,
        split
    from {{ ref("episode_offsets") }}

)

select
    splits_seen.user_id,
    splits_seen.split
from splits_seen
left join users on splits_seen.user_id = users.user_id
where splits_seen.split is distinct from users.split
