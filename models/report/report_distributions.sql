with values_counted as (

    select
        measure,
        value,
        sum(n_values) as n
    from {{ ref("report_values") }}
    group by measure, value

),

ranks_assigned as (

    {{ ranks_within("measure", "values_counted") }}

),

summarized as (

    select
        measure,
        cast(max(n_values) as bigint) as n_values,
        min(value) as minimum,
        {{ interpolated_percentile(50) }} as median,
        {{ interpolated_percentile(90) }} as p90,
        max(value) as maximum
    from ranks_assigned
    group by measure

)

select * from summarized
