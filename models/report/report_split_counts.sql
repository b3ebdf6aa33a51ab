with users as (

    select * from {{ ref("user_splits") }}

),

events as (

    select * from {{ ref("int_user_events") }}

),

sessions as (

    select * from {{ ref("sessions") }}

),

user_totals as (

    select * from {{ ref("int_user_totals") }}

),

windows as (

    select * from {{ ref("int_episode_windows") }}

),

splits_listed as (

    {% for split in splits() -%}
        select
            cast({{ loop.index0 }} as bigint) as split_number,
            '{{ split }}' as split
        {{ "union all" if not loop.last }}
    {% endfor %}

),

users_counted as (

    select
        split,
        count(*) as n_users
    from users
    group by split

),

events_counted as (

    select
        users.split,
        count(*) as n_events
    from events
    inner join users on events.user_id = users.user_id
    group by users.split

),

sessions_counted as (

    select
        users.split,
        count(*) as n_sessions
    from sessions
    inner join users on sessions.user_id = users.user_id
    group by users.split

),

pairs_counted as (

    select
        split,
        cast(sum(n_pairs) as bigint) as n_pairs
    from user_totals
    group by split

),

episodes_counted as (

    select
        split,
        count(*) as n_episodes,
        count(distinct user_id) as n_users_with_episode
    from windows
    group by split

),

counts_joined as (

    select
        splits_listed.split_number,
        splits_listed.split,
        coalesce(users_counted.n_users, 0) as n_users,
        coalesce(events_counted.n_events, 0) as n_events,
        coalesce(sessions_counted.n_sessions, 0) as n_sessions,
        coalesce(pairs_counted.n_pairs, 0) as n_pairs,
        coalesce(episodes_counted.n_episodes, 0) as n_episodes,
        coalesce(episodes_counted.n_users_with_episode, 0) as n_users_with_episode
    from splits_listed
    left join users_counted on splits_listed.split = users_counted.split
    left join events_counted on splits_listed.split = events_counted.split
    left join sessions_counted on splits_listed.split = sessions_counted.split
    left join pairs_counted on splits_listed.split = pairs_counted.split
    left join episodes_counted on splits_listed.split = episodes_counted.split

)

select * from counts_joined
