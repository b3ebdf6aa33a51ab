with users as (

    select * from {{ ref("user_splits") }}

),

users_with_events as (

    select * from {{ ref("int_users") }}

),

accepted_events as (

    select * from {{ ref("stg_events") }}

),

events as (

    select * from {{ ref("int_user_events") }}

),

sessions as (

    select * from {{ ref("sessions") }}

),

pairs as (

    select * from {{ ref("pairs") }}

),

user_values_measured as (

    select
        'events_per_user' as measure,
        user_id,
        cast(sum(n_events) as bigint) as value
    from sessions
    group by user_id
    union all
    select
        'session_length' as measure,
        user_id,
        n_events as value
    from sessions
    union all
    select
        'session_duration_sec' as measure,
        user_id,
        duration_sec as value
    from sessions
    union all
    select
        'gap_sec' as measure,
        user_id,
        cast(floor(gap_us / 1000000.0) as bigint) as value
    from events
    where gap_us is not null
    union all
    select
        'prefix_length' as measure,
        user_id,
        prefix_len as value
    from pairs

),

other_values_measured as (

    select
        'events_per_user_raw' as measure,
        {% if limits_on_events() -%}
            count(*) as value
        from accepted_events
        group by user_id
        {%- else -%}
            n_events as value
        from users_with_events
        {%- endif %}
    union all
    select
        'course_popularity_raw' as measure,
        count(*) as value
    from accepted_events
    group by course_id
    union all
    select
        'course_popularity' as measure,
        count(*) as value
    from events
    group by item_id

),

values_counted as (

    select
        measured.measure,
        users.split,
        measured.value,
        count(*) as n_values
    from user_values_measured as measured
    inner join users on measured.user_id = users.user_id
    group by measured.measure, users.split, measured.value
    union all
    select
        measure,
        cast(null as string) as split,
        value,
        count(*) as n_values
    from other_values_measured
    group by measure, value

)

select * from values_counted
