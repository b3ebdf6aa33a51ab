with queries as (

    select * from {{ ref("int_view_queries") }}

),

described as (

    select * from {{ ref("int_query_audit") }}

),

queries_averaged as (

    select
        queries.split,
        queries.view,
        max(described.later_train_events) as later_train_events_max,
        avg(case when described.is_unknown then 1 else 0 end) as unknown_labels,
        avg(case when described.is_unknown_before then 1 else 0 end)
            as unknown_labels_before,
        -- the order of the rows shows in the last digits of a mean of fractions
        round(avg(described.unseen_items), 6) as unseen_items,
        avg(case when described.is_next_id then 1 else 0 end) as next_id_labels,
        avg(case when described.is_repeated then 1 else 0 end) as repeated_labels
    from queries
    inner join described
        on
            queries.user_id = described.user_id
            and queries.pair_number = described.pair_number
    group by queries.split, queries.view

),

shares_unpivoted as (

    {% for name in [
        "later_train_events_max", "unknown_labels", "unknown_labels_before",
        "unseen_items", "next_id_labels", "repeated_labels",
    ] -%}
        select
            split,
            view,
            '{{ name }}' as name,
            {{ name }} as value
        from queries_averaged
        {{ "union all" if not loop.last }}
    {% endfor %}

)

select * from shares_unpivoted
