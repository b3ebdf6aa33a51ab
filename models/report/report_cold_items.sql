with splits as (

    select * from {{ ref("report_split_counts") }}

),

users as (

    select * from {{ ref("user_splits") }}

),

events as (

    select * from {{ ref("int_user_events") }}

),

items_counted as (

    select
        users.split,
        events.item_id,
        count(*) as n_events
    from events
    inner join users on events.user_id = users.user_id
    group by users.split, events.item_id

),

cold_items_flagged as (

    select
        *,
        count(case when split = 'train' then 1 end) over (
            partition by item_id
        ) = 0 as is_cold
    from items_counted

),

-- also splits without events
cold_items_counted as (

    select
        splits.split,
        count(items.item_id) as n_courses,
        count(case when items.is_cold then 1 end) as n_cold_items,
        cast(sum(case when items.is_cold then items.n_events else 0 end) as bigint)
            as n_cold_item_events
    from splits
    left join cold_items_flagged as items on splits.split = items.split
    group by splits.split

)

select * from cold_items_counted
