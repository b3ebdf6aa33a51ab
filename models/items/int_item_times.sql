with vocab as (

    select * from {{ ref("vocab") }}

),

events as (

    select * from {{ ref("int_user_events") }}

),

users as (

    select * from {{ ref("user_splits") }}

),

times_found as (

    select
        events.item_id,
        min(events.ts) as first_ts,
        min(events.ts_epoch) as first_ts_epoch,
        min(case when users.split = 'train' then events.ts end) as first_train_ts,
        max(case when users.split = 'train' then events.ts end) as last_train_ts,
        count(case when users.split = 'train' then 1 end) as n_train_events,
        count(
            distinct case when users.split = 'train' then events.user_id end
        ) as n_train_users
    from events
    inner join users on events.user_id = users.user_id
    group by events.item_id

),

items_without_events_added as (

    select
        vocab.item_id,
        vocab.course_id,
        {{ epoch_microseconds("times.first_ts") }} as first_ts,
        times.first_ts_epoch,
        {{ epoch_microseconds("times.first_train_ts") }} as first_train_ts,
        {{ epoch_microseconds("times.last_train_ts") }} as last_train_ts,
        coalesce(times.n_train_events, 0) as n_train_events,
        coalesce(times.n_train_users, 0) as n_train_users
    from vocab
    left join times_found as times on vocab.item_id = times.item_id

)

select * from items_without_events_added
