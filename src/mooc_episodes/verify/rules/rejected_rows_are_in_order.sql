-- Rejected rows are in the order of their columns.
select file_row_number
from {{ ref("rejected_events") }}
qualify file_row_number != row_number() over (
    order by
        user_id asc nulls first,
        item_id asc nulls first,
        created_at asc nulls first,
        watch_percentage asc nulls first,
        rating asc nulls first,
        reason asc nulls first,
        file_row_number asc
) - 1
