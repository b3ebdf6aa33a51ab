-- The reason of a rejected row names what is missing or unreadable in it.
with reasons_split as (

    select unnest(string_split(reason, '; ')) as part
    from {{ ref("rejected_events") }}

)

select part
from reasons_split
where
    not regexp_full_match(
        part, '(missing|unreadable) (user_id|item_id|created_at)'
    )
