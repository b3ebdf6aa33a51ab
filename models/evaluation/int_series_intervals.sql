{%- set metrics = ["hr", "ndcg", "mrr"] -%}

with user_values as (

    select * from {{ ref("evaluation_user_values") }}

),

differences as (

    select * from {{ ref("int_user_differences") }}

),

weights as (

    select * from {{ ref("int_bootstrap_weights") }}

),

series_listed as (

    select
        split,
        view,
        baseline as series,
        form,
        user_id,
        n_queries,
        hr,
        ndcg,
        mrr
    from user_values
    union all
    select
        split,
        view,
        part as series,
        cast(null as string) as form,
        user_id,
        cast(null as bigint) as n_queries,
        hr,
        cast(null as bigint) as ndcg,
        cast(null as bigint) as mrr
    from differences

),

users_averaged as (

    select
        split,
        view,
        series,
        form,
        count(*) as n_users,
        cast(sum(n_queries) as bigint) as n_queries,
        {% for metric in metrics -%}
            sum({{ metric }}) / count(*) as {{ metric }}{{ "," if not loop.last }}
        {% endfor %}
    from series_listed
    group by split, view, series, form

),

replicates_averaged as (

    select
        series.split,
        series.view,
        series.series,
        series.form,
        weights.replicate,
        {% for metric in metrics -%}
            sum(weights.weight * series.{{ metric }}) / sum(weights.weight)
                as {{ metric }}{{ "," if not loop.last }}
        {% endfor %}
    from series_listed as series
    inner join weights on series.user_id = weights.user_id
    group by
        series.split,
        series.view,
        series.series,
        series.form,
        weights.replicate

),

replicates_unpivoted as (

    {% for metric in metrics -%}
        select
            split,
            view,
            series,
            form,
            '{{ metric }}' as metric,
            {{ metric }} as value
        from replicates_averaged
        {{ "union all" if not loop.last }}
    {% endfor %}

),

replicates_ordered as (

    select
        *,
        count(*) over same_series as n_values,
        row_number() over (
            partition by split, view, series, form, metric order by value
        ) as n_up_to
    from replicates_unpivoted
    window same_series as (partition by split, view, series, form, metric)

),

intervals_found as (

    select
        split,
        view,
        series,
        form,
        metric,
        {{ interpolated_percentile(2.5) }} as low,
        {{ interpolated_percentile(97.5) }} as high
    from replicates_ordered
    group by split, view, series, form, metric

),

intervals_pivoted as (

    select
        split,
        view,
        series,
        form,
        {% for metric in metrics -%}
            max(case when metric = '{{ metric }}' then low end) as {{ metric }}_low,
            max(case when metric = '{{ metric }}' then high end) as {{ metric }}_high
            {{- "," if not loop.last }}
        {% endfor %}
    from intervals_found
    group by split, view, series, form

),

intervals_joined as (

    select
        users.split,
        users.view,
        users.series,
        users.form,
        users.n_users,
        users.n_queries,
        {% for metric in metrics -%}
            users.{{ metric }} / 1e12 as {{ metric }},
            intervals.{{ metric }}_low / 1e12 as {{ metric }}_low,
            intervals.{{ metric }}_high / 1e12 as {{ metric }}_high
            {{- "," if not loop.last }}
        {% endfor %}
    from users_averaged as users
    inner join intervals_pivoted as intervals
        on
            users.split = intervals.split
            and users.view = intervals.view
            and users.series = intervals.series
            and coalesce(users.form, '') = coalesce(intervals.form, '')

)

select * from intervals_joined
