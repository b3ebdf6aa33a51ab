{#- measure, relation, value -#}
{%- set measures_of_splits = [
    ("events_per_user", ref("int_users"), "n_events"),
    ("session_length", ref("sessions"), "n_events"),
    ("session_duration_sec", ref("sessions"), "duration_sec"),
    ("gap_sec", ref("int_user_events"), "gap_seconds"),
    ("prefix_length", ref("pairs"), "prefix_len"),
] -%}
{%- set course_measures = [
    ("course_popularity_raw", ref("stg_events"), "course_id"),
    ("course_popularity", ref("int_user_events"), "item_id"),
] -%}

with users as (

    select * from {{ ref("user_splits") }}

),

values_counted as (

    {% for measure, relation, value in measures_of_splits -%}
        select
            '{{ measure }}' as measure,
            users.split,
            counted.{{ value }} as value,
            count(*) as n_values
        from {{ relation }} as counted
        inner join users on counted.user_id = users.user_id
        where counted.{{ value }} is not null
        group by users.split, counted.{{ value }}
        union all
    {% endfor -%}
    {% for measure, relation, course in course_measures -%}
        select
            '{{ measure }}' as measure,
            cast(null as string) as split,
            n_events as value,
            count(*) as n_values
        from (
            select count(*) as n_events
            from {{ relation }}
            group by {{ course }}
        ) as courses
        group by n_events
        union all
    {% endfor -%}
    select
        'events_per_user_raw' as measure,
        cast(null as string) as split,
        n_events as value,
        count(*) as n_values
    from {{ ref("int_users") }}
    group by n_events

)

select * from values_counted
