-- Every rejected row has the reason that its values give.
-- the type that created_at had in the input is not published: text, a time or a number;
-- no text is both of the others
with values_read as (

    select
        *,
        {{ parse_id("user_id", setting("user_id_type")) }} as user_id_read,
        {{ parse_id("item_id", setting("item_id_type")) }} as item_id_read,
        {{ parse_timestamp("created_at") }} as ts_of_text,
        {{ parse_timestamp("try_cast(created_at as timestamp)") }} as ts_of_time,
        {{ parse_timestamp("try_cast(created_at as double)") }} as ts_of_number
    from {{ ref("rejected_events") }}

)

select file_row_number
from values_read
where
    reason is distinct from {{ reject_reasons("coalesce(ts_of_time, ts_of_text)") }}
    and reason
    is distinct from {{ reject_reasons("coalesce(ts_of_number, ts_of_text)") }}
