select
    items.position,
    pairs.pair_id,
    pairs.label,
    items.skipped_because as skipped,
    pairs.prefix
from int_sequence_items as items
left join pairs
    on items.user_id = pairs.user_id and items.position = pairs.position
where items.user_id = $1
order by items.position
