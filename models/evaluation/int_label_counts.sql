with forms as (

    select * from {{ ref("int_query_forms") }}

),

item_ranks as (

    select * from {{ ref("int_item_ranks") }}

),

follower_ranks as (

    select * from {{ ref("int_follower_ranks") }}

),

vocab as (

    select * from {{ ref("vocab") }}

),

items_counted as (

    select count(*) as n_items from vocab

),

popularity_pivoted as (

    select
        user_id,
        pair_number,
        form,
        max(n_users) as n_users,
        max(case when step = 0 then n_items end) as n_as_popular_or_more,
        max(case when step = 1 then n_items end) as n_more_popular
    from item_ranks
    where not is_train
    group by user_id, pair_number, form

),

-- every item has no user or more, but only one with a user is in item_ranks
counts_joined as (

    select
        forms.user_id,
        forms.pair_number,
        forms.form,
        forms.ordering,
        forms.label,
        forms.last_item,
        forms.items_end,
        forms.pairs_end,
        items_counted.n_items,
        popularity.n_users,
        popularity.n_more_popular,
        case
            when popularity.n_users = 0 then items_counted.n_items
            else popularity.n_as_popular_or_more
        end - popularity.n_more_popular as n_as_popular,
        follower_ranks.n_follows
    from forms
    cross join items_counted
    inner join popularity_pivoted as popularity
        on
            forms.user_id = popularity.user_id
            and forms.pair_number = popularity.pair_number
            and forms.form = popularity.form
    inner join follower_ranks
        on
            forms.user_id = follower_ranks.user_id
            and forms.pair_number = follower_ranks.pair_number
            and forms.form = follower_ranks.form

)

select * from counts_joined
