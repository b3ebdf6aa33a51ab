with splits as (

    select * from {{ ref("report_split_counts") }}

),

users as (

    select * from {{ ref("user_splits") }}

),

events as (

    select * from {{ ref("int_user_events") }}

),

first_events_found as (

    select
        users.split,
        events.ts_epoch
    from events
    inner join users on events.user_id = users.user_id
    where events.event_number = 1

),

medians_computed as (

    select
        split,
        median(ts_epoch) as median_first_ts_epoch
    from first_events_found
    group by split

),

train_events_selected as (

    select events.ts_epoch
    from events
    inner join users on events.user_id = users.user_id
    where users.split = 'train'

),

train_events_compared as (

    select
        medians.split,
        count(case when events.ts_epoch > medians.median_first_ts_epoch then 1 end)
            as n_train_events_after_median_first,
        max(events.ts_epoch) - max(medians.median_first_ts_epoch)
            as train_seconds_after_median_first
    from medians_computed as medians
    cross join train_events_selected as events
    group by medians.split

),

overlaps_joined as (

    select
        splits.split,
        medians.median_first_ts_epoch,
        train_events.n_train_events_after_median_first,
        train_events.train_seconds_after_median_first
    from splits
    left join medians_computed as medians on splits.split = medians.split
    left join train_events_compared as train_events
        on splits.split = train_events.split

)

select * from overlaps_joined
