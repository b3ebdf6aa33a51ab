{#- Values are whole numbers of 1e-12: sums of them do not depend on the order. -#}
{%- set unit = 1000000000000 -%}

with ranks as (

    select * from {{ ref("int_label_ranks") }}

),

queries as (

    select * from {{ ref("evaluation_queries") }}

),

-- sums over ranks 1 to r of what each metric gives for a rank
ranks_listed as (

    select {{ unnest_range(0, 10) }} as last_rank

),

gains_summed as (

    select
        last_rank,
        cast(last_rank as double) as hr,
        sum(case when last_rank > 0 then 1 / log2(last_rank + 1) else 0 end)
            over up_to_rank
            as ndcg,
        sum(case when last_rank > 0 then 1 / last_rank else 0 end)
            over up_to_rank
            as mrr
    from ranks_listed
    window
        up_to_rank as (
            order by last_rank rows between unbounded preceding and current row
        )

),

query_values_found as (

    select
        ranks.user_id,
        ranks.pair_number,
        ranks.baseline,
        ranks.form,
        cast(round((tied.hr - greater.hr) * {{ unit }} / ranks.n_tied) as bigint) as hr,
        cast(
            round((tied.ndcg - greater.ndcg) * {{ unit }} / ranks.n_tied) as bigint
        ) as ndcg,
        cast(round((tied.mrr - greater.mrr) * {{ unit }} / ranks.n_tied) as bigint)
            as mrr
    from ranks
    inner join gains_summed as greater
        on least(ranks.n_greater, 10) = greater.last_rank
    inner join gains_summed as tied
        on least(ranks.n_greater + ranks.n_tied, 10) = tied.last_rank

),

views_listed as (

    select
        'all' as view,
        queries.*
    from queries
    where queries.is_in_all
    union all
    select
        'first' as view,
        queries.*
    from queries
    where queries.is_in_first

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
    from query_values_found as query_values
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
