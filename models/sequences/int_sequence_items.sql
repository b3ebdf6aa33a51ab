with repeats_removed as (

    select
        user_id,
        event_number,
        item_id,
        ts_epoch
    from {{ ref("int_user_events") }}
    {% if setting("deduplicate_consecutive") -%}
        where previous_item_id is null or item_id != previous_item_id
    {%- endif %}

),

positions_assigned as (

    select
        user_id,
        cast(row_number() over items_in_order as bigint) - 1 as position,
        item_id,
        ts_epoch,
        lag(ts_epoch) over items_in_order as previous_ts_epoch
    from repeats_removed
    window items_in_order as (partition by user_id order by event_number)

),

-- a tie in time has no before: the previous item must be older than the label
labels_flagged as (

    select
        *,
        coalesce(previous_ts_epoch < ts_epoch, false) as is_label
    from positions_assigned

),

labels_numbered as (

    select
        user_id,
        position,
        item_id,
        ts_epoch,
        case
            when is_label then cast(row_number() over labels_in_order as bigint) - 1
        end as pair_number
    from labels_flagged
    window labels_in_order as (partition by user_id, is_label order by position)

)

select * from labels_numbered
{{ stored_by(["user_id", "position"]) }}
