with queries as (

    select * from {{ ref("int_view_queries") }}

),

events as (

    select * from {{ ref("int_user_events") }}

),

users as (

    select * from {{ ref("user_splits") }}

),

item_times as (

    select * from {{ ref("int_item_times") }}

),

leaked_averaged as (

    select
        users.split,
        avg(
            case
                when {{ epoch_microseconds("events.ts") }} <= items.last_train_ts
                    then 1
                else 0
            end
        ) as leaked_events
    from events
    inner join users on events.user_id = users.user_id
    inner join item_times as items on events.item_id = items.item_id
    where users.split != 'train'
    group by users.split

),

views_found as (

    select distinct
        split,
        view
    from queries

),

views_joined as (

    select
        found.split,
        found.view,
        'leaked_events' as name,
        leaked.leaked_events as value
    from views_found as found
    inner join leaked_averaged as leaked on found.split = leaked.split

)

select * from views_joined
