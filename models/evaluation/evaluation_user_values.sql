
with values_of_queries as (

    select * from {{ ref("int_query_values") }}

),

queries as (

    select * from {{ ref("evaluation_queries") }}

),

views_listed as (

    select
        'all' as view,
        queries.*
    from queries
    where is_in_all
    union all
    select
        'first' as view,
        queries.*
    from queries
    where is_in_first

),

users_averaged as (

    select
        queries.split,
        queries.view,
        query_values.baseline,
        query_values.form,
        queries.user_id,
        count(*) as n_queries,
        cast(round(sum(query_values.hr) / count(*)) as bigint) as hr,
        cast(round(sum(query_values.ndcg) / count(*)) as bigint) as ndcg,
        cast(round(sum(query_values.mrr) / count(*)) as bigint) as mrr
    from values_of_queries as query_values
    inner join views_listed as queries
        on
            query_values.user_id = queries.user_id
            and query_values.pair_number = queries.pair_number
    group by
        queries.split,
        queries.view,
        query_values.baseline,
        query_values.form,
        queries.user_id

)

select * from users_averaged
