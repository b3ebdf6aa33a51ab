{{ config(materialized="view") }}

with episodes as (

    select * from {{ ref("int_episode_windows") }}

),

positions_spanned as (

    select
        user_id,
        first_pair_number,
        {{ unnest_range("first_position", "last_position") }} as position
    from episodes

),

items_gathered as (

    select
        spanned.user_id,
        spanned.first_pair_number,
        {{ list_agg_ordered("items.item_id", "items.position") }} as items
    from positions_spanned as spanned
    inner join {{ ref("int_sequence_items") }} as items
        on spanned.user_id = items.user_id and spanned.position = items.position
    group by spanned.user_id, spanned.first_pair_number

),

prefixes_cut as (

    select
        episodes.*,
        {{ prefixes_of("label_positions", "items", "first_position") }} as prefixes,
        {{ items_at("label_positions", "items", "first_position") }} as labels
    from episodes
    inner join items_gathered
        on
            episodes.user_id = items_gathered.user_id
            and episodes.first_pair_number = items_gathered.first_pair_number

),

support_and_query_split as (

    select
        episode_id,
        user_id,
        split,
        first_pair_number,
        {{ support_of("prefixes") }} as support_prefixes,
        {{ support_of("labels") }} as support_labels,
        {{ query_of("prefixes") }} as query_prefixes,
        {{ query_of("labels") }} as query_labels,
        cast(cardinality(support_labels) as bigint) as n_support,
        cast(cardinality(query_labels) as bigint) as n_query
    from prefixes_cut

)

select * from support_and_query_split
