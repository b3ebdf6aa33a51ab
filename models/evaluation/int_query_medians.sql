with queries as (

    select * from {{ ref("int_view_queries") }}

),

described as (

    select * from {{ ref("int_query_audit") }}

),

-- each window has Q queries: the median of n_known over queries is that over windows
values_listed as (

    select
        split,
        view,
        'n_known_median' as name,
        n_known as value
    from queries
    union all
    select
        queries.split,
        queries.view,
        'later_train_events_median' as name,
        described.later_train_events as value
    from queries
    inner join described
        on
            queries.user_id = described.user_id
            and queries.pair_number = described.pair_number

),

values_ordered as (

    select
        *,
        count(*) over (partition by split, view, name) as n_values,
        row_number() over (partition by split, view, name order by value) as n_up_to
    from values_listed

),

medians_found as (

    select
        split,
        view,
        name,
        {{ interpolated_percentile(50) }} as value
    from values_ordered
    group by split, view, name

)

select * from medians_found
