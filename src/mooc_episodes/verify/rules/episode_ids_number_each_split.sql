-- The episode_ids of a split are 0, 1, 2 … in the order of its rows.
select
    split,
    episode_id
from {{ ref("episode_offsets") }}
where episode_id != file_row_number
