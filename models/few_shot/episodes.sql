{{ config(materialized="view") }}
{%- set k = setting("episode_k") %}
{%- set q = setting("episode_q") %}
{#- prefixes are slices of items, not gathered one by one: docs/decisions/0013 -#}
{%- set start_of_place = prefix_start("place") ~ " + 1" %}
{%- set prefix_of_place = list_slice("items", start_of_place, "place") %}
{%- set label_of_place = list_get("items", "place + 1") %}

with windows as (

    select * from {{ ref("int_episode_windows") }}

),

sequence_items as (

    select * from {{ ref("int_sequence_items") }}

),

positions_listed as (

    select
        user_id,
        first_pair_number,
        {{ unnest_range("first_position", "last_position") }} as position
    from windows

),

items_gathered as (

    select
        listed.user_id,
        listed.first_pair_number,
        {{ list_agg_ordered("items.item_id", "items.position") }} as items
    from positions_listed as listed
    inner join sequence_items as items
        on listed.user_id = items.user_id and listed.position = items.position
    group by listed.user_id, listed.first_pair_number

),

-- where each label is in items, from 0
labels_located as (

    select
        windows.*,
        items_gathered.items,
        {{ list_map("label_positions", "p", "p - first_position") }} as places
    from windows
    inner join items_gathered
        on
            windows.user_id = items_gathered.user_id
            and windows.first_pair_number = items_gathered.first_pair_number

),

prefixes_cut as (

    select
        *,
        {{ list_map("places", "place", prefix_of_place) }} as prefixes,
        {{ list_map("places", "place", label_of_place) }} as labels
    from labels_located

),

support_and_query_split as (

    select
        episode_id,
        user_id,
        split,
        first_pair_number,
        window_number,
        n_known,
        {{ list_slice("prefixes", 1, k) }} as support_prefixes,
        {{ list_slice("labels", 1, k) }} as support_labels,
        {{ list_slice("prefixes", k + 1, k + q) }} as query_prefixes,
        {{ list_slice("labels", k + 1, k + q) }} as query_labels,
        cast(cardinality(support_labels) as bigint) as n_support,
        cast(cardinality(query_labels) as bigint) as n_query,
        {{ list_slice("label_ts", 1, k) }} as support_label_ts,
        {{ list_slice("label_ts", k + 1, k + q) }} as query_label_ts
    from prefixes_cut

)

select * from support_and_query_split
