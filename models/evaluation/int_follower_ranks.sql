with pairs as (

    select * from {{ ref("int_train_pairs") }}

),

labels as (

    select * from {{ ref("int_query_forms") }}

),

last_items_of_queries as (

    select distinct last_item from labels

),

pairs_kept as (

    select pairs.*
    from pairs
    inner join last_items_of_queries as wanted on pairs.last_item = wanted.last_item

),

places_listed as (

    select
        'time' as ordering,
        last_item,
        label as item_id,
        label_ts as place,
        true as is_train,
        cast(null as {{ engine_type(setting("user_id_type")) }}) as user_id,
        cast(null as bigint) as pair_number,
        cast(null as string) as form
    from pairs_kept
    union all
    select
        'user' as ordering,
        last_item,
        label as item_id,
        number_by_user as place,
        true as is_train,
        cast(null as {{ engine_type(setting("user_id_type")) }}) as user_id,
        cast(null as bigint) as pair_number,
        cast(null as string) as form
    from pairs_kept
    union all
    select
        ordering,
        last_item,
        label as item_id,
        pairs_end as place,
        false as is_train,
        user_id,
        pair_number,
        form
    from labels

),

places_counted as (

    select
        *,
        count(case when is_train then 1 end) over (
            partition by ordering, last_item, item_id
            order by place, is_train
            rows between unbounded preceding and current row
        ) as n_follows
    from places_listed

)

select * from places_counted
