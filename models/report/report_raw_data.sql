with rows_counted as (

    select
        count(*) as n_rows,
        count(reason) as n_rejected
    from {{ ref("base_events") }}

),

events_counted as (

    select
        count(*) as n_events,
        count(distinct user_id) as n_users,
        count(distinct course_id) as n_courses,
        min(ts_epoch) as first_ts_epoch,
        max(ts_epoch) as last_ts_epoch,
        {% for column, lowest, highest in [
            ("watch_percentage", 0, 100), ("rating", 1, 10)
        ] -%}
            count(case when is_{{ column }}_unreadable then 1 end)
                as n_{{ column }}_unreadable,
            count(case when {{ column }} not between {{ lowest }} and {{ highest }} then 1 end)
                as n_{{ column }}_out_of_range{{ "," if not loop.last }}
        {% endfor %}
    from {{ ref("stg_events") }}

),

sparsity_computed as (

    select
        rows_counted.*,
        events_counted.*,
        {{ sparsity("n_events", "n_users", "n_courses") }} as sparsity
    from rows_counted
    cross join events_counted

)

select * from sparsity_computed
