with items as (

    select * from {{ ref("int_sequence_items") }}

),

users as (

    select * from {{ ref("user_splits") }}

),

first_items_found as (

    select
        items.user_id,
        items.item_id,
        {{ epoch_microseconds("min(items.ts)") }} as ts
    from items
    inner join users on items.user_id = users.user_id
    where users.split = 'train'
    group by items.user_id, items.item_id

),

users_counted as (

    select
        user_id,
        count(*) as n_items
    from first_items_found
    group by user_id

),

users_ordered as (

    select
        counted.user_id,
        sum(counted.n_items) over (
            order by users.split_key, counted.user_id
            rows between unbounded preceding and current row
        ) - counted.n_items as n_items_before
    from users_counted as counted
    inner join users on counted.user_id = users.user_id

),

items_numbered as (

    select
        items.user_id,
        items.item_id,
        items.ts,
        cast(
            users.n_items_before
            + row_number()
                over (
                    partition by items.user_id order by items.ts, items.item_id
                )
            as bigint
        ) as number_by_user
    from first_items_found as items
    inner join users_ordered as users on items.user_id = users.user_id

)

select * from items_numbered
