-- Every episode is K + Q pairs of a user in a row, the support before the query.
-- looks at: episodes
{% set size = setting("episode_k") + setting("episode_q") -%}
with pairs_ranked as (

    select
        user_id,
        row_number() over (partition by user_id order by pair_id) as pair_rank,
        prefix,
        label
    from {{ ref("pairs") }}
    where {{ test_sample() }}

),

episodes_ranked as (

    select
        split,
        episode_id,
        user_id,
        row_number() over (partition by user_id order by episode_id) as episode_rank,
        support_prefixes || query_prefixes as prefixes,
        support_labels || query_labels as labels
    from {{ ref("episodes") }}
    where {{ test_sample() }}

),

places_counted as (

    select
        *,
        {{ unnest_range(1, size) }} as place
    from episodes_ranked

),

pairs_listed as (

    select
        split,
        episode_id,
        user_id,
        {{ setting("episode_q") }} * (episode_rank - 1) + place as pair_rank,
        {{ list_get("prefixes", "place") }} as prefix,
        {{ list_get("labels", "place") }} as label
    from places_counted

)

select distinct
    listed.split,
    listed.episode_id
from pairs_listed as listed
left join pairs_ranked as pairs
    on listed.user_id = pairs.user_id and listed.pair_rank = pairs.pair_rank
where not coalesce(listed.prefix = pairs.prefix and listed.label = pairs.label, false)
