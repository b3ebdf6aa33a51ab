-- items stand in time order, so the last of a prefix is its latest: it must be the item
-- before the label and older than it; and as many are in it as stand before the label
with items_before as (

    select
        *,
        lag(ts_epoch) over items_in_order as previous_ts_epoch,
        lag(item_id) over items_in_order as previous_item_id
    from {{ ref("int_sequence_items") }}
    where {{ prefix_test_sample() }}
    window items_in_order as (partition by user_id order by position)

),

pairs_compared as (

    select
        pairs.pair_id,
        items.previous_ts_epoch < pairs.label_ts_epoch
        and items.previous_item_id
        = {{ list_get("pairs.prefix", "pairs.prefix_len") }} as is_before,
        items.ts_epoch = pairs.label_ts_epoch
        and items.item_id = pairs.label as is_label,
        pairs.prefix_len = cardinality(pairs.prefix)
        and pairs.prefix_len
        = least(
            items.position, {{ setting("max_prefix_len") or "items.position" }}
        ) as is_whole
    from {{ ref("pairs") }} as pairs
    left join items_before as items
        on pairs.user_id = items.user_id and pairs.position = items.position
    where {{ prefix_test_sample("pairs.user_id") }}

)

select pair_id
from pairs_compared
where not coalesce(is_before and is_label and is_whole, false)
union all
select null as pair_id
from items_before
where previous_ts_epoch > ts_epoch
