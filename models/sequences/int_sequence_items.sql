with events as (

    select * from {{ ref("int_user_events") }}

),

repeats_removed as (

    select
        user_id,
        event_number,
        item_id,
        ts,
        ts_epoch,
        is_tied
    from events
    {% if setting("deduplicate_consecutive") -%}
        where previous_item_id is null or item_id != previous_item_id
    {%- endif %}

),

positions_assigned as (

    select
        user_id,
        cast(row_number() over items_in_order as bigint) - 1 as position,
        event_number,
        item_id,
        ts,
        ts_epoch,
        is_tied,
        lag(ts) over items_in_order as previous_ts
    from repeats_removed
    window items_in_order as (partition by user_id order by event_number)

),

-- a label's prefix must be strictly earlier, so its previous item must be
reasons_assigned as (

    select
        *,
        case
            when previous_ts is null then 'first item'
            when previous_ts = ts then 'tie'
        end as skipped_because
    from positions_assigned

),

labels_numbered as (

    select
        user_id,
        position,
        event_number,
        item_id,
        ts,
        ts_epoch,
        is_tied,
        skipped_because,
        case
            when skipped_because is null
                then cast(row_number() over labels_in_order as bigint) - 1
        end as pair_number
    from reasons_assigned
    window
        labels_in_order as (
            partition by user_id, skipped_because is null order by position
        )

)

select * from labels_numbered
{{ order_by(["user_id", "position"]) }}
