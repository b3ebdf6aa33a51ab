-- The pair_ids of all splits together are 0, 1, 2 … in the order of the users.
select pair_id
from {{ ref("pair_offsets") }}
qualify pair_id != row_number() over (order by user_id, pair_id) - 1
