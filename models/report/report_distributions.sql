with report_values as (

    select * from {{ ref("report_values") }}

),

values_counted as (

    select
        measure,
        value,
        sum(n_values) as n
    from report_values
    group by measure, value

),

ranks_assigned as (

    select
        measure,
        value,
        sum(n) over (partition by measure order by value) as n_up_to,
        sum(n) over (partition by measure) as n_values
    from values_counted

),

measures_summarized as (

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

select * from measures_summarized
