{{ config(materialized="view") }}
{%- set k = setting("episode_k") %}
{%- set q = setting("episode_q") %}

with windows as (

    select * from {{ ref("int_episode_windows") }}

),

prefix_starts_added as (

    select
        *,
        {{ list_map("label_positions", "p", prefix_start("p")) }} as prefix_starts
    from windows

),

support_and_query_split as (

    select
        episode_id,
        user_id,
        split,
        first_pair_number,
        window_number,
        {{ list_slice("prefix_starts", 1, k) }} as support_prefix_starts,
        {{ list_slice("label_positions", 1, k) }} as support_label_positions,
        {{ list_slice("prefix_starts", k + 1, k + q) }} as query_prefix_starts,
        {{ list_slice("label_positions", k + 1, k + q) }} as query_label_positions
    from prefix_starts_added

)

select * from support_and_query_split
