with intervals as (

    select * from {{ ref("int_series_intervals") }}

),

values_rounded as (

    select
        split,
        view,
        series as baseline,
        form,
        n_users,
        n_queries,
        round(hr, 6) as hr,
        round(hr_low, 6) as hr_low,
        round(hr_high, 6) as hr_high,
        round(ndcg, 6) as ndcg,
        round(ndcg_low, 6) as ndcg_low,
        round(ndcg_high, 6) as ndcg_high,
        round(mrr, 6) as mrr,
        round(mrr_low, 6) as mrr_low,
        round(mrr_high, 6) as mrr_high
    from intervals
    where {{ place_in_report("series") }} is not null

)

select * from values_rounded
