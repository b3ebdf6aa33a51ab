{{ config(materialized="view") }}

with items as (

    select * from {{ ref("int_sequence_items") }}

),

items_listed as (

    select
        user_id,
        {{ list_agg_ordered("item_id", "position") }} as items,
        {{ list_agg_ordered("ts_epoch", "position") }} as ts_epochs,
        {{ list_agg_ordered(epoch_microseconds("ts"), "position") }} as ts_micros
    from items
    group by user_id

)

select * from items_listed
