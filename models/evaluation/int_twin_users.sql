with queries as (

    select * from {{ ref("evaluation_queries") }}

),

items as (

    select * from {{ ref("int_sequence_items") }}

),

users as (

    select * from {{ ref("user_splits") }}

),

users_of_queries as (

    select distinct user_id from queries

),

-- length and first three items: only users who share them are compared item by item
sequences_outlined as (

    select
        items.user_id,
        users.split = 'train' as is_train,
        count(*) as n_items,
        max(case when items.position = 0 then items.item_id end) as first_item,
        max(case when items.position = 1 then items.item_id end) as second_item,
        max(case when items.position = 2 then items.item_id end) as third_item
    from items
    inner join users on items.user_id = users.user_id
    left join users_of_queries as wanted on items.user_id = wanted.user_id
    where users.split = 'train' or wanted.user_id is not null
    group by items.user_id, users.split

),

candidates_matched as (

    select
        evaluated.user_id,
        train.user_id as train_user_id,
        evaluated.n_items
    from sequences_outlined as evaluated
    inner join sequences_outlined as train
        on
            evaluated.n_items = train.n_items
            and evaluated.first_item = train.first_item
            and evaluated.second_item = train.second_item
            and evaluated.third_item = train.third_item
    where not evaluated.is_train and train.is_train

),

items_compared as (

    select
        candidates.user_id,
        candidates.train_user_id,
        candidates.n_items,
        count(*) as n_equal
    from candidates_matched as candidates
    inner join items as evaluated on candidates.user_id = evaluated.user_id
    inner join items as train
        on
            candidates.train_user_id = train.user_id
            and evaluated.position = train.position
            and evaluated.item_id = train.item_id
    group by candidates.user_id, candidates.train_user_id, candidates.n_items

),

twins_found as (

    select distinct user_id
    from items_compared
    where n_equal = n_items

)

select * from twins_found
