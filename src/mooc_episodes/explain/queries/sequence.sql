select
    events.event_number,
    events.ts,
    events.gap_us / 1000000 as gap_seconds,
    events.item_id,
    items.position,
    case when items.position is null then 'a repeat' end as collapsed
from int_user_events as events
left join int_sequence_items as items
    on
        events.user_id = items.user_id
        and events.event_number = items.event_number
where events.user_id = $1
order by events.event_number
