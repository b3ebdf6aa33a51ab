{%- set k_and_q = setting("episode_k") + setting("episode_q") -%}

with raw_rows as (

    select
        user_id,
        course_id
    from {{ ref("base_events") }}

),

accepted as (

    select
        user_id,
        course_id
    from {{ ref("stg_events") }}

),

eligible as (

    select
        user_id,
        item_id as course_id
    from {{ ref("int_user_events") }}

),

sequenced as (

    select
        user_id,
        item_id as course_id,
        position
    from {{ ref("int_sequence_items") }}

),

preceded as (

    select
        user_id,
        course_id
    from sequenced
    where position > 0

),

paired as (

    select
        user_id,
        label as course_id,
        pair_number
    from {{ ref("pairs") }}

),

last_episodes as (

    select
        user_id,
        max(first_pair_number) as last_first_pair_number
    from {{ ref("int_episode_windows") }}
    group by user_id

),

used_in_episodes as (

    select
        paired.user_id,
        paired.course_id
    from paired
    inner join last_episodes on paired.user_id = last_episodes.user_id
    where paired.pair_number < last_episodes.last_first_pair_number + {{ k_and_q }}

),

{% set steps = [
    ("raw_rows", "rows read", "the input"),
    ("accepted", "events accepted",
        "rows without a readable user, item or time are rejected"),
    ("eligible", "events of eligible users",
        "users with fewer than " ~ min_interactions() ~ " events are left out"),
    ("sequenced", "items of user sequences",
        "consecutive repeats of a course collapse to the first"
        if setting("deduplicate_consecutive") else "repeats are kept"),
    ("preceded", "items with an item before them",
        "the first item of a user has no prefix"),
    ("paired", "prefix-label pairs",
        "a label in the same second as the item before it is skipped"),
    ("used_in_episodes", "pairs used in episodes",
        "only windows of " ~ setting("episode_k") ~ " support and "
        ~ setting("episode_q") ~ " query pairs that are full"),
] -%}

steps_counted as (

    {% for cte, step, why in steps -%}
        select
            {{ loop.index0 }} as step_number,
            {{ literal(step) }} as step,
            count(*) as rows_out,
            count(distinct user_id) as users_out,
            count(distinct course_id) as courses_out,
            {{ literal(why) }} as why
        from {{ cte }}
        {{ "union all" if not loop.last }}
    {% endfor %}

),

steps_compared as (

    select
        cast(step_number as bigint) as step_number,
        step,
        {% for unit in ["rows", "users", "courses"] -%}
            lag({{ unit }}_out) over (order by step_number) as {{ unit }}_in,
            {{ unit }}_out,
        {% endfor -%}
        why
    from steps_counted

)

select * from steps_compared
