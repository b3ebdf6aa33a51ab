{{ config(materialized="view") }}

with items_listed as (

    select
        user_id,
        {{ list_in_order("item_id", "position") }} as items,
        {{ list_in_order("ts_epoch", "position") }} as ts_epochs
    from {{ ref("int_user_sequences") }}
    group by user_id

)

select * from items_listed
