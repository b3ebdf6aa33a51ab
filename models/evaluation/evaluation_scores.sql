{%- set metrics = ["hr", "ndcg", "mrr"] -%}

with user_values as (

    select * from {{ ref("evaluation_user_values") }}

),

replicate_values as (

    select * from {{ ref("int_replicate_values") }}

),

users_averaged as (

    select
        split,
        view,
        baseline,
        form,
        count(*) as n_users,
        sum(n_queries) as n_queries,
        {% for metric in metrics -%}
            sum({{ metric }}) / count(*) as {{ metric }}{{ "," if not loop.last }}
        {% endfor %}
    from user_values
    group by split, view, baseline, form

),

replicates_unpivoted as (

    {% for metric in metrics -%}
        select
            split,
            view,
            baseline,
            form,
            '{{ metric }}' as metric,
            {{ metric }} as value
        from replicate_values
        {{ "union all" if not loop.last }}
    {% endfor %}

),

replicates_ordered as (

    select
        *,
        count(*) over (partition by split, view, baseline, form, metric) as n_values,
        row_number() over (
            partition by split, view, baseline, form, metric order by value
        ) as n_up_to
    from replicates_unpivoted

),

intervals_found as (

    select
        split,
        view,
        baseline,
        form,
        metric,
        {{ interpolated_percentile(2.5) }} as low,
        {{ interpolated_percentile(97.5) }} as high
    from replicates_ordered
    group by split, view, baseline, form, metric

),

intervals_pivoted as (

    select
        split,
        view,
        baseline,
        form,
        {% for metric in metrics -%}
            max(case when metric = '{{ metric }}' then low end) as {{ metric }}_low,
            max(case when metric = '{{ metric }}' then high end) as {{ metric }}_high
            {{- "," if not loop.last }}
        {% endfor %}
    from intervals_found
    group by split, view, baseline, form

),

intervals_joined as (

    select
        users.split,
        users.view,
        users.baseline,
        users.form,
        users.n_users,
        cast(users.n_queries as bigint) as n_queries,
        {% for metric in metrics -%}
            {% for suffix in ["", "_low", "_high"] -%}
            round({{ "users" if not suffix else "intervals" }}.{{ metric ~ suffix }} / 1e12, 6)
                as {{ metric ~ suffix }},
            {% endfor %}
        {%- endfor %}
        1 as one
    from users_averaged as users
    inner join intervals_pivoted as intervals
        on
            users.split = intervals.split
            and users.view = intervals.view
            and users.baseline = intervals.baseline
            and users.form is not distinct from intervals.form

)

select * from intervals_joined
