-- the exporter adds the columns of the items file
-- depends_on: {{ ref("stg_items") }}

with item_times as (

    select * from {{ ref("int_item_times") }}

),

items_described as (

    select
        item_id,
        course_id,
        first_ts_epoch,
        n_train_users,
        n_train_events
    from item_times

)

select * from items_described
