-- Every episode is the places of K + Q pairs of a user in a row, the support first.
{% set size = setting("episode_k") + setting("episode_q") -%}
with pairs_windowed as (

    select
        user_id,
        row_number() over pairs_in_order as pair_rank,
        array_agg(prefix_start) over pairs_in_window as prefix_starts,
        array_agg(label_position) over pairs_in_window as label_positions
    from {{ ref("pair_offsets") }}
    window
        pairs_in_order as (partition by user_id order by pair_id),
        pairs_in_window as (
            partition by user_id
            order by pair_id
            rows between current row and {{ size - 1 }} following
        )

),

episodes_ranked as (

    select
        *,
        row_number() over (partition by user_id order by episode_id) as episode_rank
    from {{ ref("episode_offsets") }}

)

select
    episodes.split,
    episodes.episode_id
from episodes_ranked as episodes
left join pairs_windowed as pairs
    on
        episodes.user_id = pairs.user_id
        and {{ setting("episode_q") }} * (episodes.episode_rank - 1) + 1
        = pairs.pair_rank
where
    pairs.prefix_starts
    is distinct from episodes.support_prefix_starts || episodes.query_prefix_starts
    or pairs.label_positions
    is distinct from episodes.support_label_positions || episodes.query_label_positions
