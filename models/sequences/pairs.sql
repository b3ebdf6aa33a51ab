{{ config(materialized="view") }}

with items as (

    select * from {{ ref("int_sequence_items") }}

),

users as (

    select * from {{ ref("int_user_totals") }}

),

prefixes_collected as (

    select
        *,
        array_agg(item_id) over (
            partition by user_id
            order by position
            rows between {{ prefix_frame_bound() }} preceding and 1 preceding
        ) as prefix
    from items

),

pairs_numbered as (

    select
        users.first_pair_id + items.pair_number as pair_id,
        items.user_id,
        users.split,
        items.position,
        items.pair_number,
        items.prefix,
        items.item_id as label,
        items.ts_epoch as label_ts_epoch,
        items.position - {{ prefix_start("items.position") }} as prefix_len
    from prefixes_collected as items
    inner join users on items.user_id = users.user_id
    where items.pair_number is not null

)

select * from pairs_numbered
