-- an episode is K + Q pairs of one user in a row, their labels' times rising: no query
-- label is as old as a support label, and no pair is in both
{% set k = setting("episode_k") -%}
{% set q = setting("episode_q") -%}
with pairs_in_order as (

    select
        *,
        lag(label_ts_epoch) over (
            partition by user_id order by pair_number
        ) as previous_label_ts_epoch
    from {{ ref("pairs") }}

),

pairs_gathered as (

    select
        episodes.split,
        episodes.episode_id,
        count(*) as n_pairs,
        array_agg(pairs.label order by pairs.pair_number) as labels,
        array_agg(pairs.prefix order by pairs.pair_number) as prefixes,
        bool_and(
            pairs.pair_number = episodes.first_pair_number
            or pairs.previous_label_ts_epoch < pairs.label_ts_epoch
        ) as times_rise
    from {{ ref("episodes") }} as episodes
    inner join pairs_in_order as pairs
        on
            episodes.user_id = pairs.user_id
            and episodes.first_pair_number <= pairs.pair_number
            and episodes.first_pair_number + {{ k + q }} > pairs.pair_number
    group by episodes.split, episodes.episode_id

)

select
    split,
    episode_id
from {{ ref("episodes") }} as episodes
left join pairs_gathered using (split, episode_id)
where
    not coalesce(
        pairs_gathered.n_pairs = {{ k + q }}
        and pairs_gathered.times_rise
        and episodes.first_pair_number % {{ q }} = 0
        and pairs_gathered.labels = episodes.support_labels || episodes.query_labels
        and pairs_gathered.prefixes
        = episodes.support_prefixes || episodes.query_prefixes,
        false
    )
