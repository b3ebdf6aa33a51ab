-- Every rejected row has the reason that its values give.
with values_read as (

    select
        *,
        {{ parse_id("user_id", setting("user_id_type")) }} as user_id_read,
        {{ parse_id("item_id", setting("item_id_type")) }} as item_id_read,
        {{ parse_timestamp("created_at") }} as ts_read
    from {{ ref("rejected_events") }}

)

select file_row_number
from values_read
where reason is distinct from {{ reject_reasons() }}
