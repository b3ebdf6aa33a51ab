{#- measure, relation, value, rows counted -#}
{%- set measures = [
    ("events_per_user_raw", ref("int_users"), "n_events", "true"),
    ("events_per_user", ref("int_users"), "n_events", "is_eligible"),
    ("session_length", ref("sessions"), "n_events", "true"),
    ("session_duration_sec", ref("sessions"), "duration_sec", "true"),
    ("prefix_length", ref("pairs"), "prefix_len", "true"),
] -%}
{%- set course_measures = [
    ("course_popularity_raw", ref("stg_events"), "course_id"),
    ("course_popularity", ref("int_user_events"), "item_id"),
] -%}

with values_counted as (

    {% for measure, relation, value, condition in measures -%}
        select
            '{{ measure }}' as measure,
            {{ value }} as value,
            count(*) as n
        from {{ relation }}
        where {{ condition }}
        group by {{ value }}
        union all
    {% endfor -%}
    {% for measure, relation, course in course_measures -%}
        select
            '{{ measure }}' as measure,
            n_events as value,
            count(*) as n
        from (
            select count(*) as n_events
            from {{ relation }}
            group by {{ course }}
        ) as courses
        group by n_events
        {{ "union all" if not loop.last }}
    {% endfor %}

),

ranks_given as (

    select
        measure,
        value,
        sum(n) over (partition by measure order by value) as n_up_to,
        sum(n) over (partition by measure) as n_values
    from values_counted

),

summarized as (

    select
        measure,
        cast(max(n_values) as bigint) as n_values,
        min(value) as minimum,
        {{ interpolated_percentile(50) }} as median,
        {{ interpolated_percentile(90) }} as p90,
        max(value) as maximum
    from ranks_given
    group by measure

)

select * from summarized
