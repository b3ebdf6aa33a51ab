-- Every pair with its prefix is in the row of its offsets, with their id and user.
-- other rules compare prefix and offsets with the events: if ids agree, all does
select
    coalesce(pairs.split, positions.split) as split,
    coalesce(pairs.file_row_number, positions.file_row_number) as file_row_number
from {{ ref("pairs") }} as pairs
full outer join {{ ref("pair_offsets") }} as positions
    on
        pairs.split = positions.split
        and pairs.file_row_number = positions.file_row_number
where
    pairs.pair_id is distinct from positions.pair_id
    or pairs.user_id is distinct from positions.user_id
