-- Every episode is the positions of K + Q pairs of a user in a row, the support first.
with pairs_ranked as (

    select
        user_id,
        row_number() over (partition by user_id order by pair_id) as pair_rank,
        prefix_start,
        label_position
    from {{ ref("pair_offsets") }}

),

episodes_ranked as (

    select
        *,
        row_number() over (partition by user_id order by episode_id) as episode_rank
    from {{ ref("episode_offsets") }}

),

pairs_listed as (

    select
        split,
        episode_id,
        user_id,
        {{ setting("episode_q") }} * (episode_rank - 1) + unnest(
            range(1, {{ setting("episode_k") }} + {{ setting("episode_q") }} + 1)
        ) as pair_rank,
        unnest(support_prefix_starts || query_prefix_starts) as prefix_start,
        unnest(support_label_positions || query_label_positions) as label_position
    from episodes_ranked

)

select distinct
    listed.split,
    listed.episode_id
from pairs_listed as listed
anti join pairs_ranked as pairs
    on
        listed.user_id = pairs.user_id
        and listed.pair_rank = pairs.pair_rank
        and listed.prefix_start = pairs.prefix_start
        and listed.label_position = pairs.label_position
