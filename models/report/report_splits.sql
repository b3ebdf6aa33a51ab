{%- set splits = ["train", "val", "test"] -%}

with split_names as (

    {% for split in splits -%}
        select
            cast({{ loop.index0 }} as bigint) as split_number,
            '{{ split }}' as split
        {{ "union all" if not loop.last }}
    {% endfor %}

),

users as (

    select * from {{ ref("user_splits") }}

),

users_counted as (

    select
        split,
        count(*) as n_users
    from users
    group by split

),

events as (

    select
        users.split,
        events.event_number,
        events.ts_epoch,
        events.item_id
    from {{ ref("int_user_events") }} as events
    inner join users on events.user_id = users.user_id

),

items_counted as (

    select
        split,
        item_id,
        count(*) as n_events
    from events
    group by split, item_id

),

cold_items_flagged as (

    select
        *,
        max(case when split = 'train' then 1 else 0 end) over (
            partition by item_id
        ) as is_in_train
    from items_counted

),

events_counted as (

    select
        split,
        sum(n_events) as n_events,
        count(*) as n_courses,
        count(case when is_in_train = 0 then 1 end) as n_cold_items,
        sum(case when is_in_train = 0 then n_events else 0 end)
            as n_cold_item_events
    from cold_items_flagged
    group by split

),

sessions_counted as (

    select
        users.split,
        count(*) as n_sessions
    from {{ ref("sessions") }} as sessions
    inner join users on sessions.user_id = users.user_id
    group by users.split

),

pairs_counted as (

    select
        split,
        sum(n_pairs) as n_pairs
    from {{ ref("int_user_totals") }}
    group by split

),

episodes_counted as (

    select
        split,
        count(*) as n_episodes,
        count(distinct user_id) as n_users_with_episode
    from {{ ref("int_episode_windows") }}
    group by split

),

first_events_counted as (

    select
        split,
        ts_epoch as value,
        count(*) as n
    from events
    where event_number = 1
    group by split, ts_epoch

),

first_events_ranked as (

    {{ ranks_within("split", "first_events_counted") }}

),

first_events_summarized as (

    select
        split,
        {{ interpolated_percentile(50) }} as median_first_ts_epoch
    from first_events_ranked
    group by split

),

train_events_compared as (

    select
        firsts.split,
        count(case when events.ts_epoch > firsts.median_first_ts_epoch then 1 end)
            as n_train_events_after_median_first,
        max(events.ts_epoch) - max(firsts.median_first_ts_epoch)
            as train_seconds_after_median_first
    from first_events_summarized as firsts
    cross join events
    where events.split = 'train'
    group by firsts.split

),

counts_joined as (

    select
        split_names.split_number,
        split_names.split,
        {% for count in [
            "users_counted.n_users",
            "events_counted.n_events",
            "sessions_counted.n_sessions",
            "events_counted.n_courses",
            "events_counted.n_cold_items",
            "events_counted.n_cold_item_events",
            "pairs_counted.n_pairs",
            "episodes_counted.n_episodes",
            "episodes_counted.n_users_with_episode",
        ] -%}
            cast(coalesce({{ count }}, 0) as bigint) as {{ count.split(".")[1] }},
        {% endfor -%}
        firsts.median_first_ts_epoch,
        train_events_compared.n_train_events_after_median_first,
        train_events_compared.train_seconds_after_median_first
    from split_names
    left join users_counted on split_names.split = users_counted.split
    left join events_counted on split_names.split = events_counted.split
    left join sessions_counted on split_names.split = sessions_counted.split
    left join pairs_counted on split_names.split = pairs_counted.split
    left join episodes_counted on split_names.split = episodes_counted.split
    left join first_events_summarized as firsts on split_names.split = firsts.split
    left join train_events_compared
        on split_names.split = train_events_compared.split

)

select * from counts_joined
