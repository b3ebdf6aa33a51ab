{{ config(materialized="view") }}

{%- set k = setting("episode_k") %}

with offsets_told as (

    select
        episode_id,
        user_id,
        split,
        first_pair_number,
        label_positions,
        {{ prefix_starts("label_positions") }} as prefix_starts
    from {{ ref("int_episodes") }}

),

support_and_query_parted as (

    select
        episode_id,
        user_id,
        split,
        first_pair_number,
        prefix_starts[1:{{ k }}] as support_prefix_starts,
        label_positions[1:{{ k }}] as support_label_positions,
        prefix_starts[{{ k + 1 }}:] as query_prefix_starts,
        label_positions[{{ k + 1 }}:] as query_label_positions
    from offsets_told

)

select * from support_and_query_parted
