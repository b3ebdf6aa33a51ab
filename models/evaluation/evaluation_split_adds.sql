with intervals as (

    select * from {{ ref("int_series_intervals") }}

),

values_rounded as (

    select
        split,
        view,
        series as part,
        round(hr, 6) as hr,
        round(hr_low, 6) as hr_low,
        round(hr_high, 6) as hr_high
    from intervals
    where series in ('split', 'data', 'time')

)

select * from values_rounded
