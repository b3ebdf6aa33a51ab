with queries as (

    select * from {{ ref("evaluation_queries") }}

),

cutoffs as (

    select * from {{ ref("int_query_cutoffs") }}

),

item_times as (

    select * from {{ ref("int_item_times") }}

),

prefix_items as (

    select * from {{ ref("int_query_prefix_items") }}

),

train_counted as (

    select coalesce(sum(n_train_events), 0) as n_train_events from item_times

),

items_counted as (

    select count(*) as n_items from item_times

),

-- first events and queries in one list: a join of one with the other grows with both
times_listed as (

    select
        label_ts as ts,
        0 as n_seen
    from queries
    union all
    select
        first_ts as ts,
        1 as n_seen
    from item_times
    where first_ts is not null

),

times_counted as (

    select
        ts,
        sum(n_seen) as n_seen
    from times_listed
    group by ts

),

seen_before_counted as (

    select
        ts as label_ts,
        sum(n_seen) over (
            order by ts rows between unbounded preceding and current row
        ) - n_seen as n_seen
    from times_counted

),

queries_described as (

    select
        queries.user_id,
        queries.pair_number,
        1 - cutoffs.n_events / nullif(train_counted.n_train_events, 0)
            as later_train_events,
        label.first_train_ts is null as is_unknown,
        coalesce(label.first_train_ts >= queries.label_ts, true) as is_unknown_before,
        1 - seen.n_seen / items_counted.n_items as unseen_items,
        queries.label = queries.last_item + 1 as is_next_id,
        repeats.item_id is not null as is_repeated
    from queries
    cross join train_counted
    cross join items_counted
    inner join cutoffs on queries.label_ts = cutoffs.label_ts
    inner join seen_before_counted as seen on queries.label_ts = seen.label_ts
    inner join item_times as label on queries.label = label.item_id
    left join prefix_items as repeats
        on
            queries.user_id = repeats.user_id
            and queries.pair_number = repeats.pair_number
            and queries.label = repeats.item_id

)

select * from queries_described
