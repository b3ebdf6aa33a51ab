-- Every episode has its window; its positions and the sequence give n_known and the times.
select
    split,
    episode_id
from {{ ref("episode_offsets") }}
qualify window_number
    != row_number() over (partition by user_id order by episode_id) - 1
