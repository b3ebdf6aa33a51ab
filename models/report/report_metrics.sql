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

splits_pivoted as (

    select
        {% for count in ["n_pairs", "n_episodes", "n_users_with_episode", "n_users"] -%}
            {% for split in splits -%}
                max(case when split = '{{ split }}' then {{ count }} end)
                    as {{ count }}_{{ split }},
            {% endfor -%}
        {% endfor -%}
        cast(sum(n_pairs) as bigint) as n_pairs_total,
        cast(sum(n_episodes) as bigint) as n_episodes_total,
        cast(sum(n_users_with_episode) as bigint) as n_users_with_episode
    from {{ ref("report_splits") }}

),

counts_joined as (

    select *  -- noqa: RF02, each count has a name of its own
    from events_counted
    cross join sessions_counted
    cross join items_counted
    cross join splits_pivoted

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
