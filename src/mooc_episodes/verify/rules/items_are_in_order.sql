-- Items are in order of their ids.
select item_id
from {{ ref("items") }}
where item_id != file_row_number
