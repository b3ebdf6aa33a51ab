{#- The tests of every prefix look at the first users (prefix_test_sample). -#}
with pairs_counted as (

    select
        count(*) as n_users,
        coalesce(sum(n_pairs), 0) as n_pairs
    from {{ ref("int_user_totals") }}
    where {{ prefix_test_sample() }}

),

episodes_counted as (

    select count(*) as n_episodes
    from {{ ref("int_episode_windows") }}
    where {{ prefix_test_sample() }}

)

select
    pairs_counted.n_users,
    cast(pairs_counted.n_pairs as bigint) as n_pairs,
    episodes_counted.n_episodes
from pairs_counted
cross join episodes_counted
