-- The users of a split are listed once each, in ascending order.
select user_id
from {{ ref("user_splits") }}
qualify file_row_number != row_number() over (
    partition by split order by user_id, file_row_number
) - 1
