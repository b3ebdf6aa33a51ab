-- Each user has one pair for every label and one episode for every full window.
-- looks at: pairs
{% set size = setting("episode_k") + setting("episode_q") -%}
with sequences as (

    {{ expected_sequences() }}

),

labels_counted as (

    select
        user_id,
        count(case when is_label then 1 end) as n_labels
    from sequences
    group by user_id

),

-- a window of K + Q labels starts at every Qth
windows_counted as (

    select
        user_id,
        n_labels,
        case
            when n_labels >= {{ size }}
                then floor((n_labels - {{ size }}) / {{ setting("episode_q") }}) + 1
        end as n_windows
    from labels_counted

),

pairs_counted as (

    select
        user_id,
        count(*) as n_pairs
    from {{ ref("pair_offsets") }}
    group by user_id

),

episodes_counted as (

    select
        user_id,
        count(*) as n_episodes
    from {{ ref("episode_offsets") }}
    group by user_id

)

select user_id
from windows_counted as expected
full outer join pairs_counted as pairs using (user_id)
full outer join episodes_counted as episodes using (user_id)
where
    coalesce(expected.n_labels, 0) != coalesce(pairs.n_pairs, 0)
    or coalesce(expected.n_windows, 0) != coalesce(episodes.n_episodes, 0)
