{%- set k = setting("episode_k") -%}
{%- set q = setting("episode_q") -%}
{%- set outside = outside_times() -%}
{%- set too_few = "fewer than " ~ min_interactions() ~ " events" -%}

with base_events as (

    select * from {{ ref("base_events") }}

),

accepted_events as (

    select * from {{ ref("stg_events") }}

),

events_in_time as (

    select * from {{ ref("int_events_in_time") }}

),

selected_events as (

    select * from {{ ref("int_selected_events") }}

),

users as (

    select * from {{ ref("user_splits") }}

),

kept_events as (

    select * from {{ ref("int_user_events") }}

),

items as (

    select * from {{ ref("int_sequence_items") }}

),

windows as (

    select * from {{ ref("int_episode_windows") }}

),

last_windows_found as (

    select
        user_id,
        max(first_pair_number) as first_pair_number
    from windows
    group by user_id

),

pairs_in_windows as (

    select
        items.user_id,
        items.item_id
    from items
    inner join last_windows_found as last_windows
        on items.user_id = last_windows.user_id
    where items.pair_number < last_windows.first_pair_number + {{ k + q }}

),

-- steps that cannot lose anything under the settings are left out
steps_counted as (

    select
        0 as step_order,
        'rows read' as step,
        'the input' as why,
        count(*) as rows_out,
        count(distinct user_id) as users_out,
        count(distinct course_id) as courses_out
    from base_events
    union all
    select
        1 as step_order,
        'events accepted' as step,
        'rows without a readable user, item or time are rejected' as why,
        count(*) as rows_out,
        count(distinct user_id) as users_out,
        count(distinct course_id) as courses_out
    from accepted_events
    union all
    {% if setting("time_from") or setting("time_until") -%}
        select
            2 as step_order,
            'events of the time chosen' as step,
            'events {{ outside }} are left out' as why,
            count(*) as rows_out,
            count(distinct user_id) as users_out,
            count(distinct course_id) as courses_out
        from events_in_time
        union all
    {% endif -%}
    {% if setting("min_item_users") > 1 -%}
        select
            3 as step_order,
            'events of courses with enough users' as step,
            'courses with fewer than {{ setting("min_item_users") }} users are left out'
                as why,
            count(*) as rows_out,
            count(distinct user_id) as users_out,
            count(distinct course_id) as courses_out
        from selected_events
        union all
    {% endif -%}
    {% if setting("split_method") == "new_users" -%}
        select
            4 as step_order,
            'events of eligible users' as step,
            'users with {{ too_few }} are left out' as why,
            count(*) as rows_out,
            count(distinct events.user_id) as users_out,
            count(distinct events.course_id) as courses_out
        from selected_events as events
        inner join users on events.user_id = users.user_id
        union all
    {% endif -%}
    select
        5 as step_order,
        {% if setting("split_method") == "new_users" -%}
            'events before the next split begins' as step,
            'train is cut where val begins, val where test begins' as why,
        {%- else -%}
            'events of eligible users' as step,
            'users with {{ too_few }} are left out' as why,
        {%- endif %}
        count(*) as rows_out,
        count(distinct user_id) as users_out,
        count(distinct item_id) as courses_out
    from kept_events
    union all
    select
        6 as step_order,
        'items of user sequences' as step,
        {% if setting("deduplicate_consecutive") -%}
            'consecutive repeats of a course collapse to the first' as why,
        {%- else -%}
            'repeats are kept' as why,
        {%- endif %}
        count(*) as rows_out,
        count(distinct user_id) as users_out,
        count(distinct item_id) as courses_out
    from items
    union all
    select
        7 as step_order,
        'items with an item before them' as step,
        'the first item of a user has no prefix' as why,
        count(*) as rows_out,
        count(distinct user_id) as users_out,
        count(distinct item_id) as courses_out
    from items
    where position > 0
    union all
    select
        8 as step_order,
        'prefix-label pairs' as step,
        'an item at the same time as the previous item is not a label' as why,
        count(*) as rows_out,
        count(distinct user_id) as users_out,
        count(distinct item_id) as courses_out
    from items
    where skipped_because is null
    union all
    select
        9 as step_order,
        'pairs used in episodes' as step,
        'only full windows of {{ k }} support and {{ q }} query pairs' as why,
        count(*) as rows_out,
        count(distinct user_id) as users_out,
        count(distinct item_id) as courses_out
    from pairs_in_windows

),

steps_compared as (

    select
        cast(row_number() over steps_in_order - 1 as bigint) as step_number,
        step,
        lag(rows_out) over steps_in_order as rows_in,
        rows_out,
        lag(users_out) over steps_in_order as users_in,
        users_out,
        lag(courses_out) over steps_in_order as courses_in,
        courses_out,
        why
    from steps_counted
    window steps_in_order as (order by step_order)

)

select * from steps_compared

-- events_in_time, selected_events and users are used only if settings leave events out
-- sqlfluff:exclude_rules:ST03
