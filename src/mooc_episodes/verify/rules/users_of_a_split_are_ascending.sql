-- The users of a split are listed once each, in ascending order.
select user_id
from {{ ref("user_splits") }}
qualify user_id <= lag(user_id) over (partition by split order by file_row_number)
