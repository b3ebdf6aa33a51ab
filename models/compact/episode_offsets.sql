{{ config(materialized="view") }}

with offsets_computed as (

    select
        episode_id,
        user_id,
        split,
        first_pair_number,
        label_positions,
        {{ prefix_starts("label_positions") }} as prefix_starts
    from {{ ref("int_episode_windows") }}

),

support_and_query_split as (

    select
        episode_id,
        user_id,
        split,
        first_pair_number,
        {{ support_of("prefix_starts") }} as support_prefix_starts,
        {{ support_of("label_positions") }} as support_label_positions,
        {{ query_of("prefix_starts") }} as query_prefix_starts,
        {{ query_of("label_positions") }} as query_label_positions
    from offsets_computed

)

select * from support_and_query_split
