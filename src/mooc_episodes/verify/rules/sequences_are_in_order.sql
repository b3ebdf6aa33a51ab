-- Each user has one sequence, and the sequences are in the order of their users.
select user_id
from {{ ref("user_sequences") }}
qualify user_id <= lag(user_id) over (order by file_row_number)
