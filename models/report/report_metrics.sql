{%- set splits = ["train", "val", "test"] -%}

with events_counted as (

    select
        count(*) as n_events,
        count(distinct user_id) as n_users,
        count(distinct item_id) as n_courses,
        count(case when gap_seconds = 0 then 1 end) as n_events_tied
    from {{ ref("int_user_events") }}

),

sessions_counted as (

    select count(*) as n_sessions
    from {{ ref("sessions") }}

),

items_counted as (

    select count(*) as n_items
    from {{ ref("vocab") }}

),

pairs_counted as (

    select
        {% for split in splits %}
            count(case when split = '{{ split }}' then 1 end) as n_pairs_{{ split }},
        {% endfor %}
        count(*) as n_pairs_total
    from {{ ref("pairs") }}

),

episodes_counted as (

    select
        {% for split in splits %}
            count(case when split = '{{ split }}' then 1 end) as n_episodes_{{ split }},
            count(distinct case when split = '{{ split }}' then user_id end)
                as n_users_with_episode_{{ split }},
        {% endfor %}
        count(*) as n_episodes_total,
        count(distinct user_id) as n_users_with_episode
    from {{ ref("int_episodes") }}

),

users_counted as (

    select
        count(case when split = 'train' then 1 end) as n_users_train,
        count(case when split = 'val' then 1 end) as n_users_val,
        count(case when split = 'test' then 1 end) as n_users_test
    from {{ ref("user_splits") }}

),

counts_joined as (

    select *  -- noqa: RF02, each count has a name of its own
    from events_counted
    cross join sessions_counted
    cross join items_counted
    cross join pairs_counted
    cross join episodes_counted
    cross join users_counted

),

settings_added as (

    select
        *,
        cast({{ setting("episode_k") }} as bigint) as episode_k,
        cast({{ setting("episode_q") }} as bigint) as episode_q,
        cast({{ min_interactions() }} as bigint) as min_interactions_per_user,
        {{ sparsity("n_events", "n_users", "n_courses") }} as sparsity
    from counts_joined

)

select * from settings_added
