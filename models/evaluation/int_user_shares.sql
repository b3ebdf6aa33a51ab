with queries as (

    select * from {{ ref("int_view_queries") }}

),

twins as (

    select * from {{ ref("int_twin_users") }}

),

queries_counted as (

    select
        split,
        view,
        user_id,
        count(*) as n_queries
    from queries
    group by split, view, user_id

),

users_averaged as (

    select
        users.split,
        users.view,
        max(users.n_queries) / sum(users.n_queries) as largest_user,
        avg(case when twins.user_id is not null then 1 else 0 end) as twin_users
    from queries_counted as users
    left join twins on users.user_id = twins.user_id
    group by users.split, users.view

),

shares_unpivoted as (

    select
        split,
        view,
        'largest_user' as name,
        largest_user as value
    from users_averaged
    union all
    select
        split,
        view,
        'twin_users' as name,
        twin_users as value
    from users_averaged

)

select * from shares_unpivoted
