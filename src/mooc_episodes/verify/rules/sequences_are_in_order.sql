-- Sequences are in the order of user_id.
select user_id
from {{ ref("user_sequences") }}
qualify file_row_number != row_number() over (order by user_id, file_row_number) - 1
