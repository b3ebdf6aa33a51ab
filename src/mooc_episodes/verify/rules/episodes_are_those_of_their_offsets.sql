-- Every episode with its prefixes is in the row of its offsets, with their id and user.
-- other rules compare prefixes and offsets with the pairs: if ids agree, all does
select
    coalesce(episodes.split, positions.split) as split,
    coalesce(episodes.file_row_number, positions.file_row_number) as file_row_number
from {{ ref("episodes") }} as episodes
full outer join {{ ref("episode_offsets") }} as positions
    on
        episodes.split = positions.split
        and episodes.file_row_number = positions.file_row_number
where
    episodes.episode_id is distinct from positions.episode_id
    or episodes.user_id is distinct from positions.user_id
