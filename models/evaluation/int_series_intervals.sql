with user_values as (

    select * from {{ ref("evaluation_user_values") }}

),

differences as (

    select * from {{ ref("int_user_differences") }}

),

weights as (

    select * from {{ ref("int_bootstrap_weights") }}

),

series_listed as (

    select
        split,
        view,
        baseline as series,
        form,
        user_id,
        n_queries,
        hr,
        ndcg,
        mrr
    from user_values
    union all
    select
        split,
        view,
        part as series,
        cast(null as string) as form,
        user_id,
        cast(null as bigint) as n_queries,
        hr,
        cast(null as bigint) as ndcg,
        cast(null as bigint) as mrr
    from differences

),

users_averaged as (

    select
        split,
        view,
        series,
        form,
        count(*) as n_users,
        cast(sum(n_queries) as bigint) as n_queries,
        sum(hr) / count(*) as hr,
        sum(ndcg) / count(*) as ndcg,
        sum(mrr) / count(*) as mrr
    from series_listed
    group by split, view, series, form

),

replicates_averaged as (

    select
        series.split,
        series.view,
        series.series,
        series.form,
        weights.replicate,
        sum(weights.weight * series.hr) / sum(weights.weight) as hr,
        sum(weights.weight * series.ndcg) / sum(weights.weight) as ndcg,
        sum(weights.weight * series.mrr) / sum(weights.weight) as mrr
    from series_listed as series
    inner join weights on series.user_id = weights.user_id
    group by
        series.split,
        series.view,
        series.series,
        series.form,
        weights.replicate

),

replicates_unpivoted as (

    select
        split,
        view,
        series,
        form,
        'hr' as metric,
        hr as value
    from replicates_averaged
    union all
    select
        split,
        view,
        series,
        form,
        'ndcg' as metric,
        ndcg as value
    from replicates_averaged
    union all
    select
        split,
        view,
        series,
        form,
        'mrr' as metric,
        mrr as value
    from replicates_averaged

),

replicates_ordered as (

    select
        *,
        count(*) over same_series as n_values,
        row_number() over (
            partition by split, view, series, form, metric order by value
        ) as n_up_to
    from replicates_unpivoted
    window same_series as (partition by split, view, series, form, metric)

),

intervals_found as (

    select
        split,
        view,
        series,
        form,
        metric,
        {{ interpolated_percentile(2.5) }} as low,
        {{ interpolated_percentile(97.5) }} as high
    from replicates_ordered
    group by split, view, series, form, metric

),

intervals_pivoted as (

    select
        split,
        view,
        series,
        form,
        max(case when metric = 'hr' then low end) as hr_low,
        max(case when metric = 'hr' then high end) as hr_high,
        max(case when metric = 'ndcg' then low end) as ndcg_low,
        max(case when metric = 'ndcg' then high end) as ndcg_high,
        max(case when metric = 'mrr' then low end) as mrr_low,
        max(case when metric = 'mrr' then high end) as mrr_high
    from intervals_found
    group by split, view, series, form

),

intervals_joined as (

    select
        users.split,
        users.view,
        users.series,
        users.form,
        users.n_users,
        users.n_queries,
        users.hr / {{ units_per_one() }} as hr,
        intervals.hr_low / {{ units_per_one() }} as hr_low,
        intervals.hr_high / {{ units_per_one() }} as hr_high,
        users.ndcg / {{ units_per_one() }} as ndcg,
        intervals.ndcg_low / {{ units_per_one() }} as ndcg_low,
        intervals.ndcg_high / {{ units_per_one() }} as ndcg_high,
        users.mrr / {{ units_per_one() }} as mrr,
        intervals.mrr_low / {{ units_per_one() }} as mrr_low,
        intervals.mrr_high / {{ units_per_one() }} as mrr_high
    from users_averaged as users
    inner join intervals_pivoted as intervals
        on
            users.split = intervals.split
            and users.view = intervals.view
            and users.series = intervals.series
            and coalesce(users.form, '') = coalesce(intervals.form, '')

)

select * from intervals_joined
