with queries as (

    select * from {{ ref("evaluation_queries") }}

),

views_listed as (

    select
        'all' as view,
        split,
        user_id,
        pair_number,
        n_known
    from queries
    where is_in_all
    union all
    select
        'first' as view,
        split,
        user_id,
        pair_number,
        n_known
    from queries
    where is_in_first

)

select * from views_listed
