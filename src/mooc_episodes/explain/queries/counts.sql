with items_counted as (

    select count(*) as n_items
    from int_sequence_items
    where user_id = $1

),

episodes_counted as (

    select count(*) as n_episodes
    from int_episode_windows
    where user_id = $1

),

courses_counted as (

    select count(*) as n_vocabulary
    from vocab

)

select
    totals.n_pairs,
    items_counted.n_items,
    episodes_counted.n_episodes,
    courses_counted.n_vocabulary
from int_user_totals as totals
cross join items_counted
cross join episodes_counted
cross join courses_counted
where totals.user_id = $1
