{#- The prefix tests cover the first users: macros/tests/test_sample.sql. -#}
with users as (

    select * from {{ ref("int_user_totals") }}

),

windows as (

    select * from {{ ref("int_episode_windows") }}

),

pairs_counted as (

    select
        count(*) as n_users,
        cast(coalesce(sum(n_pairs), 0) as bigint) as n_pairs
    from users
    where {{ test_sample() }}

),

episodes_counted as (

    select count(*) as n_episodes
    from windows
    where {{ test_sample() }}

),

counts_joined as (

    select
        pairs_counted.n_users,
        pairs_counted.n_pairs,
        episodes_counted.n_episodes
    from pairs_counted
    cross join episodes_counted

)

select * from counts_joined
