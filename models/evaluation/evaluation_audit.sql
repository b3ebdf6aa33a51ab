with queries as (

    select * from {{ ref("int_query_audit") }}

),

windows as (

    select * from {{ ref("int_episode_windows") }}

),

evaluation_queries as (

    select * from {{ ref("evaluation_queries") }}

),

events as (

    select * from {{ ref("int_user_events") }}

),

users as (

    select * from {{ ref("user_splits") }}

),

item_times as (

    select * from {{ ref("int_item_times") }}

),

twins as (

    select * from {{ ref("int_twin_users") }}

),

intervals as (

    select * from {{ ref("int_series_intervals") }}

),

views_listed as (

    {% for view in ["all", "first"] -%}
        select
            '{{ view }}' as view,
            queries.*
        from queries
        where queries.is_in_{{ view }}
        {{ "union all" if not loop.last }}
    {% endfor %}

),

queries_averaged as (

    select
        split,
        view,
        max(later_train_events) as later_train_events_max,
        avg(case when is_unknown then 1 else 0 end) as unknown_labels,
        avg(case when is_unknown_before then 1 else 0 end) as unknown_labels_before,
        avg(unborn_items) as unborn_items,
        avg(case when is_next_id then 1 else 0 end) as next_id_labels,
        avg(case when is_repeated then 1 else 0 end) as repeated_labels
    from views_listed
    group by split, view

),

users_counted as (

    select
        views_listed.split,
        views_listed.view,
        views_listed.user_id,
        max(case when twins.user_id is not null then 1 else 0 end) as is_twin,
        count(*) as n_queries
    from views_listed
    left join twins on views_listed.user_id = twins.user_id
    group by views_listed.split, views_listed.view, views_listed.user_id

),

users_averaged as (

    select
        split,
        view,
        max(n_queries) / sum(n_queries) as largest_user,
        avg(is_twin) as twin_users
    from users_counted
    group by split, view

),

known_items_listed as (

    select distinct
        views_listed.view,
        windows.split,
        windows.episode_id,
        windows.n_known
    from views_listed
    inner join evaluation_queries
        on
            views_listed.user_id = evaluation_queries.user_id
            and views_listed.pair_number = evaluation_queries.pair_number
    inner join windows
        on
            evaluation_queries.user_id = windows.user_id
            and evaluation_queries.window_number = windows.window_number

),

values_listed as (

    select
        split,
        view,
        'n_known_median' as name,
        n_known as value
    from known_items_listed
    union all
    select
        split,
        view,
        'later_train_events_median' as name,
        later_train_events as value
    from views_listed

),

values_ordered as (

    select
        *,
        count(*) over (partition by split, view, name) as n_values,
        row_number() over (partition by split, view, name order by value) as n_up_to
    from values_listed

),

medians_found as (

    select
        split,
        view,
        name,
        {{ interpolated_percentile(50) }} as value
    from values_ordered
    group by split, view, name

),

leaked_events_counted as (

    select
        users.split,
        avg(
            case
                when
                    {{ epoch_microseconds("events.ts") }} <= items.last_train_ts
                    then 1 else
                    0
            end
        ) as leaked_events
    from events
    inner join users on events.user_id = users.user_id
    inner join item_times as items on events.item_id = items.item_id
    where users.split != 'train'
    group by users.split

),

figures_listed as (

    {% for name in [
        "later_train_events_max", "unknown_labels", "unknown_labels_before",
        "unborn_items", "next_id_labels", "repeated_labels",
    ] -%}
        select
            split,
            view,
            '{{ name }}' as name,
            {{ name }} as value
        from queries_averaged
        union all
    {% endfor -%}
    {% for name in ["largest_user", "twin_users"] -%}
        select
            split,
            view,
            '{{ name }}' as name,
            {{ name }} as value
        from users_averaged
        union all
    {% endfor -%}
    select
        split,
        view,
        name,
        value
    from medians_found
    union all
    select
        averaged.split,
        averaged.view,
        'leaked_events' as name,
        leaked.leaked_events as value
    from queries_averaged as averaged
    inner join leaked_events_counted as leaked on averaged.split = leaked.split
    union all
    select
        split,
        view,
        case series when 'best' then 'half_width' else 'detectable_difference' end
            as name,
        (hr_high - hr_low) / 2 as value
    from intervals
    where series in ('best', 'best over second')

),

values_rounded as (

    select
        split,
        view,
        name,
        round(value, 6) as value
    from figures_listed

)

select * from values_rounded
