with queries as (

    select * from {{ ref("int_view_queries") }}

),

query_values as (

    select * from {{ ref("int_query_values") }}

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
    from query_values
    inner join queries
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
