with events as (

    select * from {{ ref("int_user_events") }}

),

users as (

    select * from {{ ref("user_splits") }}

),

days_derived as (

    select
        users.split,
        cast(floor(events.ts_epoch / 86400.0) as bigint) as day_number
    from events
    inner join users on events.user_id = users.user_id

),

days_counted as (

    select
        split,
        day_number,
        count(*) as n_events
    from days_derived
    group by split, day_number

),

-- at most 100 bins of whole days, from the first event's day on
bins_sized as (

    select
        min(day_number) as first_day,
        cast(floor((max(day_number) - min(day_number)) / 100.0) + 1 as bigint) as n_days
    from days_counted

),

bins_numbered as (

    select
        days_counted.split,
        bins_sized.first_day,
        bins_sized.n_days,
        cast(
            floor(
                (days_counted.day_number - bins_sized.first_day)
                / cast(bins_sized.n_days as double)
            ) as bigint
        ) as bin_number,
        days_counted.n_events
    from days_counted
    cross join bins_sized

),

bins_filled as (

    select
        split,
        (first_day + bin_number * n_days) * 86400 as start_ts_epoch,
        n_days,
        cast(sum(n_events) as bigint) as n_events
    from bins_numbered
    group by split, first_day, bin_number, n_days

)

select * from bins_filled
