-- a number with n binary digits is at least 2^(n - 1)
with digits_counted as (

    select
        *,
        case when value > 0 then length(bin(value)) else 0 end as n_digits
    from {{ ref("report_values") }}

),

bins_counted as (

    select
        measure,
        split,
        n_digits,
        sum(n_values) as n_values,
        sum(value * n_values) as total
    from digits_counted
    group by measure, split, n_digits

),

measures_spanned as (

    select
        measure,
        min(n_digits) as first_n_digits,
        max(n_digits) as last_n_digits
    from bins_counted
    group by measure

),

bins_listed as (

    select
        measure,
        {{ unnest_range("first_n_digits", "last_n_digits") }} as n_digits
    from measures_spanned

),

splits_listed as (

    select distinct
        measure,
        split
    from bins_counted

),

empty_bins_added as (

    select
        measure,
        split,
        n_digits,
        n_values,
        total
    from bins_counted
    union all
    select
        splits.measure,
        splits.split,
        bins.n_digits,
        0 as n_values,
        0 as total
    from splits_listed as splits
    inner join bins_listed as bins on splits.measure = bins.measure

),

bins_filled as (

    select
        measure,
        split,
        case
            when n_digits > 0 then cast(power(2, n_digits - 1) as bigint) else 0
        end as lower_bound,
        cast(power(2, n_digits) as bigint) as upper_bound,
        cast(sum(n_values) as bigint) as n_values,
        cast(sum(total) as bigint) as total
    from empty_bins_added
    group by measure, split, n_digits

)

select * from bins_filled
