{%- set splits = ["train", "val", "test"] -%}

with splits_pivoted as (

    select
        {% for split in splits %}
            sum(case when split = '{{ split }}' then n_values else 0 end)
                as n_{{ split }},
        {% endfor %}
        measure,
        value
    from {{ ref("report_values") }}
    where split is not null
    group by measure, value

),

shares_summed as (

    select
        {% for split in splits %}
            cast(sum(n_{{ split }}) over values_in_order as double)
            / nullif(sum(n_{{ split }}) over (partition by measure), 0)
                as share_{{ split }},
        {% endfor %}
        measure
    from splits_pivoted
    window values_in_order as (partition by measure order by value)

),

distances_measured as (

    {% for split in ["val", "test"] -%}
        select
            measure,
            '{{ split }}' as split,
            max(abs(share_{{ split }} - share_train)) as ks_statistic
        from shares_summed
        group by measure
        {{ "union all" if not loop.last }}
    {% endfor %}

)

select * from distances_measured
