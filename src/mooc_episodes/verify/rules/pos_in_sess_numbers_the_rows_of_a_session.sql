-- The rows of a session have pos_in_sess 1, 2, 3 … in order.
select file_row_number
from {{ ref("events_sessionized") }}
qualify pos_in_sess != row_number() over (
    partition by session_id order by file_row_number
)
