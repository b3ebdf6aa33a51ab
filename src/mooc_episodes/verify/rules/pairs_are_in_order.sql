-- Pairs are in the order of pair_id within a split.
select pair_id
from {{ ref("pair_offsets") }}
qualify file_row_number != row_number() over (
    partition by split order by pair_id, file_row_number
) - 1
