-- a number of n binary digits is at least 2 to the power of n - 1
with digits_counted as (

    select
        *,
        case when value > 0 then length(bin(value)) else 0 end as n_digits
    from {{ ref("report_values") }}

),

bins_filled as (

    select
        measure,
        split,
        n_digits,
        cast(sum(n_values) as bigint) as n_values,
        cast(sum(value * n_values) as bigint) as total
    from digits_counted
    group by measure, split, n_digits

),

bins_bounded as (

    select
        measure,
        split,
        case
            when n_digits > 0 then cast(power(2, n_digits - 1) as bigint) else 0
        end as lower_bound,
        cast(power(2, n_digits) as bigint) as upper_bound,
        n_values,
        total
    from bins_filled

)

select * from bins_bounded
