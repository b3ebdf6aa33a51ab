-- Each item has its course, its first event, and its train users and events.
-- looks at: events
with events_counted as (

    select
        events.item_id,
        min(events.ts_epoch) as first_ts_epoch,
        count(case when users.split = 'train' then 1 end) as n_train_events,
        count(
            distinct case when users.split = 'train' then events.user_id end
        ) as n_train_users
    from {{ ref("events_sessionized") }} as events
    inner join {{ ref("user_splits") }} as users on events.user_id = users.user_id
    group by events.item_id

),

items_expected as (

    select
        vocab.item_id,
        vocab.course_id,
        counted.first_ts_epoch,
        coalesce(counted.n_train_events, 0) as n_train_events,
        coalesce(counted.n_train_users, 0) as n_train_users
    from {{ ref("vocab") }} as vocab
    left join events_counted as counted on vocab.item_id = counted.item_id

)

select
    expected.item_id,
    published.item_id as published_item_id
from items_expected as expected
full outer join {{ ref("items") }} as published on expected.item_id = published.item_id
where
    expected.course_id is distinct from published.course_id
    or expected.first_ts_epoch is distinct from published.first_ts_epoch
    or expected.n_train_events is distinct from published.n_train_events
    or expected.n_train_users is distinct from published.n_train_users
