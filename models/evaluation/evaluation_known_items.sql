with queries as (

    select * from {{ ref("int_view_queries") }}

),

query_values as (

    select * from {{ ref("int_query_values") }}

),

-- a prefix is never empty, so n_known is 1 or more
bins_matched as (

    select
        queries.user_id,
        queries.pair_number,
        queries.split,
        bins.n_known_from,
        bins.n_known_to
    from queries
    inner join (
        values (1, 2), (3, 5), (6, 10), (11, cast(null as int))
    ) as bins (n_known_from, n_known_to)
        on
            queries.n_known >= bins.n_known_from
            and queries.n_known <= coalesce(bins.n_known_to, queries.n_known)
    where queries.view = 'all'

),

users_averaged as (

    select
        bins.split,
        query_values.baseline,
        query_values.form,
        bins.n_known_from,
        bins.n_known_to,
        count(*) as n_queries,
        cast(round(sum(query_values.hr) / count(*)) as bigint) as hr
    from bins_matched as bins
    inner join query_values
        on
            bins.user_id = query_values.user_id
            and bins.pair_number = query_values.pair_number
    group by
        bins.user_id,
        bins.split,
        query_values.baseline,
        query_values.form,
        bins.n_known_from,
        bins.n_known_to

),

bins_averaged as (

    select
        split,
        baseline,
        form,
        cast(n_known_from as bigint) as n_known_from,
        cast(n_known_to as bigint) as n_known_to,
        count(*) as n_users,
        cast(sum(n_queries) as bigint) as n_queries,
        round(sum(hr) / count(*) / {{ units_per_one() }}, 6) as hr
    from users_averaged
    group by split, baseline, form, n_known_from, n_known_to

)

select * from bins_averaged
