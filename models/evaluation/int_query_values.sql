{%- set cutoff = 10 -%}

with ranks as (

    select * from {{ ref("int_label_ranks") }}

),

-- sums over ranks 1 to r of what each metric gives for a rank
ranks_listed as (

    select {{ unnest_range(0, cutoff) }} as last_rank

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

gains_matched as (

    select
        ranks.user_id,
        ranks.pair_number,
        ranks.baseline,
        ranks.form,
        ranks.n_tied,
        tied.hr - greater.hr as hr_of_tied,
        tied.ndcg - greater.ndcg as ndcg_of_tied,
        tied.mrr - greater.mrr as mrr_of_tied
    from ranks
    inner join gains_summed as greater
        on least(ranks.n_greater, {{ cutoff }}) = greater.last_rank
    inner join gains_summed as tied
        on least(ranks.n_greater + ranks.n_tied, {{ cutoff }}) = tied.last_rank

),

tied_averaged as (

    select
        user_id,
        pair_number,
        baseline,
        form,
        cast(round(hr_of_tied * {{ units_per_one() }} / n_tied) as bigint) as hr,
        cast(round(ndcg_of_tied * {{ units_per_one() }} / n_tied) as bigint) as ndcg,
        cast(round(mrr_of_tied * {{ units_per_one() }} / n_tied) as bigint) as mrr
    from gains_matched

)

select * from tied_averaged
