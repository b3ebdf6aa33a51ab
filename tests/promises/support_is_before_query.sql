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
    where {{ prefix_test_sample() }}

),

episodes_tested as (

    select *
    from {{ ref("episodes") }}
    where {{ prefix_test_sample() }}

),

pairs_expected as (

    select
        user_id,
        first_pair_number,
        {{ unnest_range("first_pair_number", "first_pair_number + " ~ (k + q - 1)) }}
            as pair_number
    from episodes_tested

),

pairs_gathered as (

    select
        expected.user_id,
        expected.first_pair_number,
        count(*) as n_pairs,
        {{ list_agg_ordered("pairs.label", "pairs.pair_number") }} as labels,
        {{ list_agg_ordered("pairs.prefix", "pairs.pair_number") }} as prefixes,
        bool_and(
            pairs.pair_number = expected.first_pair_number
            or pairs.previous_label_ts_epoch < pairs.label_ts_epoch
        ) as times_rise
    from pairs_expected as expected
    inner join pairs_in_order as pairs
        on
            expected.user_id = pairs.user_id
            and expected.pair_number = pairs.pair_number
    group by expected.user_id, expected.first_pair_number

)

select
    episodes.split,
    episodes.episode_id
from episodes_tested as episodes
left join pairs_gathered using (user_id, first_pair_number)
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
