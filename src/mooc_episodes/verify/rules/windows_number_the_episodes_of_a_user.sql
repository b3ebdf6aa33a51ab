-- The windows of a user are 0, 1, 2 … in the order of its episodes.
with episodes_ranked as (

    select
        split,
        episode_id,
        window_number,
        row_number() over (partition by user_id order by episode_id) - 1 as window_rank
    from {{ ref("episode_offsets") }}

)

select
    split,
    episode_id
from episodes_ranked
where window_number is distinct from window_rank
