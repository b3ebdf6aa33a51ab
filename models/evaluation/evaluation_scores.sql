with intervals as (

    select * from {{ ref("int_series_intervals") }}

),

values_rounded as (

    select
        split,
        view,
        series as baseline,
        form,
        n_users,
        n_queries,
        {% for metric in ["hr", "ndcg", "mrr"] -%}
            round({{ metric }}, 6) as {{ metric }},
            round({{ metric }}_low, 6) as {{ metric }}_low,
            round({{ metric }}_high, 6) as {{ metric }}_high{{ "," if not loop.last }}
        {% endfor %}
    from intervals
    where series in ('{{ baselines() | join("', '") }}')

)

select * from values_rounded
