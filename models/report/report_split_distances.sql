{%- set splits = splits() -%}

with report_values as (

    select * from {{ ref("report_values") }}

),

values_counted as (

    select *
    from report_values
    where split is not null

),

splits_pivoted as (

    select
        {% for split in splits -%}
            sum(case when split = '{{ split }}' then n_values else 0 end)
                as n_{{ split }},
        {% endfor -%}
        measure,
        value
    from values_counted
    group by measure, value

),

counts_accumulated as (

    select
        {% for split in splits -%}
            cast(sum(n_{{ split }}) over up_to_the_value as double)
                as n_{{ split }}_up_to_the_value,
            cast(sum(n_{{ split }}) over all_values as bigint) as n_{{ split }},
        {% endfor -%}
        measure
    from splits_pivoted
    window
        up_to_the_value as (partition by measure order by value),
        all_values as (partition by measure)

),

distances_measured as (

    {% for split in splits[1:] -%}
        select
            measure,
            '{{ split }}' as split,
            n_train,
            n_{{ split }} as n_split,
            max(
                abs(
                    n_train_up_to_the_value / nullif(n_train, 0)
                    - n_{{ split }}_up_to_the_value / nullif(n_{{ split }}, 0)
                )
            ) as ks_statistic
        from counts_accumulated
        group by measure, n_train, n_{{ split }}
        {{ "union all" if not loop.last }}
    {% endfor %}

),

critical_values_added as (

    select
        *,
        1.358 * sqrt(
            cast(n_train + n_split as double)
            / nullif(cast(n_train as double) * n_split, 0)
        ) as critical_value_5pct
    from distances_measured

)

select * from critical_values_added
