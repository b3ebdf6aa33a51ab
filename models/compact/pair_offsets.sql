{{ config(materialized="view") }}

with offsets_told as (

    select
        users.first_pair_id + labels.pair_number as pair_id,
        labels.user_id,
        users.split,
        labels.pair_number,
        {{ prefix_start("labels.position") }} as prefix_start,
        labels.position as prefix_end,
        labels.position as label_position
    from {{ ref("int_user_sequences") }} as labels
    inner join {{ ref("int_user_pairs") }} as users on labels.user_id = users.user_id
    where labels.pair_number is not null

)

select * from offsets_told
