-- Episodes are in the order of user_id within a split.
select
    split,
    episode_id
from {{ ref("episode_offsets") }}
qualify file_row_number != row_number() over (
    partition by split order by user_id, file_row_number
) - 1
