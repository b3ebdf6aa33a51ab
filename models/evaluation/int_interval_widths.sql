with intervals as (

    select * from {{ ref("int_series_intervals") }}

),

widths_halved as (

    select
        split,
        view,
        case series when 'best' then 'half_width' else 'detectable_difference' end
            as name,
        (hr_high - hr_low) / 2 as value
    from intervals
    where series in ('best', 'best over second')

)

select * from widths_halved
