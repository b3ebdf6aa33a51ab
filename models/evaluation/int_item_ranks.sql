with first_items as (

    select * from {{ ref("int_train_first_items") }}

),

labels as (

    select * from {{ ref("int_query_forms") }}

),

places_listed as (

    select
        'time' as ordering,
        item_id,
        ts as place,
        true as is_train,
        cast(null as {{ engine_type(setting("user_id_type")) }}) as user_id,
        cast(null as bigint) as pair_number,
        cast(null as string) as form
    from first_items
    union all
    select
        'user' as ordering,
        item_id,
        number_by_user as place,
        true as is_train,
        cast(null as {{ engine_type(setting("user_id_type")) }}) as user_id,
        cast(null as bigint) as pair_number,
        cast(null as string) as form
    from first_items
    union all
    select
        ordering,
        label as item_id,
        items_end as place,
        false as is_train,
        user_id,
        pair_number,
        form
    from labels

),

-- a label comes before what has its place: only what is strictly earlier counts
users_counted as (

    select
        *,
        count(case when is_train then 1 end) over (
            partition by ordering, item_id
            order by place, is_train
            rows between unbounded preceding and current row
        ) as n_users
    from places_listed

),

-- a label asks twice: which items have as many users or more, and which have more
thresholds_listed as (

    select
        users_counted.*,
        cast(steps.step as bigint) as step,
        users_counted.n_users + steps.step as n_users_or_more
    from users_counted
    inner join (values (0), (1)) as steps (step)
        on steps.step = 0 or not users_counted.is_train

),

items_counted as (

    select
        *,
        count(case when is_train then 1 end) over (
            partition by ordering, n_users_or_more
            order by place, is_train, item_id
            rows between unbounded preceding and current row
        ) as n_items
    from thresholds_listed

)

select * from items_counted
