-- of a user's n items, each but the first and those tied with the item before them is a
-- label; of p pairs, floor((p - K - Q) / Q) + 1 windows are full
with items_compared as (

    select
        user_id,
        ts_epoch - lag(ts_epoch) over (
            partition by user_id order by position
        ) as seconds_after_item_before
    from {{ ref("int_sequence_items") }}

),

pairs_expected as (

    select
        user_id,
        count(case when seconds_after_item_before > 0 then 1 end) as n_pairs
    from items_compared
    group by user_id

),

episodes_expected as (

    select
        user_id,
        n_pairs,
        case
            when n_pairs >= {{ setting("episode_k") + setting("episode_q") }}
                then
                    floor(
                        (n_pairs - {{ setting("episode_k") + setting("episode_q") }})
                        / {{ setting("episode_q") }}
                    ) + 1
            else 0
        end as n_episodes
    from pairs_expected

),

pairs_made as (

    select
        user_id,
        count(*) as n_pairs
    from {{ ref("pairs") }}
    group by user_id

),

episodes_made as (

    select
        user_id,
        count(*) as n_episodes
    from {{ ref("int_episode_windows") }}
    group by user_id

)

select expected.user_id
from episodes_expected as expected
left join pairs_made on expected.user_id = pairs_made.user_id
left join episodes_made on expected.user_id = episodes_made.user_id
where
    expected.n_pairs != coalesce(pairs_made.n_pairs, 0)
    or expected.n_episodes != coalesce(episodes_made.n_episodes, 0)
