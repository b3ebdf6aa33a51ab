{{ config(materialized="view") }}

with items_listed as (

    select
        user_id,
        array_agg(item_id order by position) as items,
        array_agg(ts_epoch order by position) as ts_epochs
    from {{ ref("int_user_sequences") }}
    group by user_id

)

select * from items_listed
