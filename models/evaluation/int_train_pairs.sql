with items as (

    select * from {{ ref("int_sequence_items") }}

),

totals as (

    select * from {{ ref("int_user_totals") }}

),

users as (

    select * from {{ ref("user_splits") }}

),

users_ordered as (

    select
        totals.user_id,
        sum(totals.n_pairs) over (
            order by users.split_key, totals.user_id
            rows between unbounded preceding and current row
        ) - totals.n_pairs as n_pairs_before
    from totals
    inner join users on totals.user_id = users.user_id
    where totals.split = 'train'

),

last_items_added as (

    select
        items.user_id,
        items.pair_number,
        items.item_id,
        {{ epoch_microseconds("items.ts") }} as ts,
        lag(items.item_id) over (
            partition by items.user_id order by items.position
        ) as last_item,
        users.n_pairs_before
    from items
    inner join users_ordered as users on items.user_id = users.user_id

),

pairs_numbered as (

    select
        user_id,
        pair_number,
        last_item,
        item_id as label,
        ts as label_ts,
        cast(n_pairs_before + pair_number + 1 as bigint) as number_by_user
    from last_items_added
    where pair_number is not null

)

select * from pairs_numbered
