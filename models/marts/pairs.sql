with sequences as (

    select * from {{ ref("int_user_sequences") }}

),

prefixes_collected as (

    select
        user_id,
        split,
        position,
        array_agg(item_id) over items_before as prefix,
        count(*) over items_before as prefix_len,
        item_id as label,
        ts_epoch as label_ts_epoch,
        lag(ts_epoch) over (partition by user_id order by position) as previous_ts_epoch
    from sequences
    window
        items_before as (
            partition by user_id
            order by position
            rows between {{ setting("max_prefix_len") or "unbounded" }} preceding
            and 1 preceding
        )

),

-- a tie in time has no before: the previous item must be older than the label
labels_kept as (

    select *
    from prefixes_collected
    where previous_ts_epoch < label_ts_epoch

),

pairs_numbered as (

    select
        row_number() over (order by user_id, position) - 1 as pair_id,
        user_id,
        split,
        position,
        row_number() over (partition by user_id order by position) - 1 as pair_number,
        prefix,
        label,
        label_ts_epoch,
        prefix_len
    from labels_kept

)

select * from pairs_numbered
