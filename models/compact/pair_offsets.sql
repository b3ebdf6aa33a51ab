{{ config(materialized="view") }}

with items as (

    select * from {{ ref("int_sequence_items") }}

),

users as (

    select * from {{ ref("int_user_totals") }}

),

offsets_computed as (

    select
        users.first_pair_id + labels.pair_number as pair_id,
        labels.user_id,
        users.split,
        labels.pair_number,
        {{ prefix_start("labels.position") }} as prefix_start,
        labels.position as prefix_end,
        labels.position as label_position
    from items as labels
    inner join users on labels.user_id = users.user_id
    where labels.pair_number is not null

)

select * from offsets_computed
