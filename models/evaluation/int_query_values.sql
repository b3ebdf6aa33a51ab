{#- In whole numbers of 1e-12, so that sums do not depend on their order. -#}
{%- set unit = 1000000000000 -%}

with ranks as (

    select * from {{ ref("evaluation_label_ranks") }}

),

-- sums over ranks 1 to r of what each metric gives for a rank
ranks_listed as (

    select {{ unnest_range(0, 10) }} as last_rank

),

gains_summed as (

    select
        last_rank,
        cast(last_rank as double) as hr,
        sum(case when last_rank > 0 then 1 / log2(last_rank + 1) else 0 end) over up_to_rank as ndcg,
        sum(case when last_rank > 0 then 1 / last_rank else 0 end) over up_to_rank as mrr
    from ranks_listed
    window
        up_to_rank as (
            order by last_rank rows between unbounded preceding and current row
        )

),

gains_shared as (

    select
        ranks.user_id,
        ranks.pair_number,
        ranks.baseline,
        ranks.form,
        cast(round((tied.hr - greater.hr) * {{ unit }} / ranks.n_tied) as bigint) as hr,
        cast(round((tied.ndcg - greater.ndcg) * {{ unit }} / ranks.n_tied) as bigint) as ndcg,
        cast(round((tied.mrr - greater.mrr) * {{ unit }} / ranks.n_tied) as bigint) as mrr
    from ranks
    inner join gains_summed as greater
        on least(ranks.n_greater, 10) = greater.last_rank
    inner join gains_summed as tied
        on least(ranks.n_greater + ranks.n_tied, 10) = tied.last_rank

)

select * from gains_shared
