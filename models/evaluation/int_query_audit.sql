with queries as (

    select * from {{ ref("evaluation_queries") }}

),

cutoffs as (

    select * from {{ ref("int_query_cutoffs") }}

),

item_times as (

    select * from {{ ref("int_item_times") }}

),

items as (

    select * from {{ ref("int_sequence_items") }}

),

train_counted as (

    select coalesce(sum(n_train_events), 0) as n_train_events from item_times

),

items_counted as (

    select count(*) as n_items from item_times

),

items_born as (

    select
        first_ts,
        count(*) as n_born
    from item_times
    where first_ts is not null
    group by first_ts

),

times_listed as (

    select distinct label_ts from queries

),

unborn_counted as (

    select
        times.label_ts,
        coalesce(sum(born.n_born), 0) as n_born
    from times_listed as times
    left join items_born as born on times.label_ts > born.first_ts
    group by times.label_ts

),

repeats_found as (

    select
        queries.user_id,
        queries.pair_number
    from queries
    inner join items
        on
            queries.user_id = items.user_id
            and queries.label = items.item_id
            and queries.position > items.position
            and {{ prefix_start("queries.position") }} <= items.position
    group by queries.user_id, queries.pair_number

),

queries_described as (

    select
        queries.user_id,
        queries.pair_number,
        queries.split,
        queries.is_in_all,
        queries.is_in_first,
        1 - cutoffs.n_events / nullif(train_counted.n_train_events, 0)
            as later_train_events,
        label.first_train_ts is null as is_unknown,
        coalesce(label.first_train_ts >= queries.label_ts, true) as is_unknown_before,
        1 - unborn.n_born / items_counted.n_items as unborn_items,
        queries.label = queries.last_item + 1 as is_next_id,
        repeats.user_id is not null as is_repeated
    from queries
    cross join train_counted
    cross join items_counted
    inner join cutoffs on queries.label_ts = cutoffs.label_ts
    inner join unborn_counted as unborn on queries.label_ts = unborn.label_ts
    inner join item_times as label on queries.label = label.item_id
    left join repeats_found as repeats
        on
            queries.user_id = repeats.user_id
            and queries.pair_number = repeats.pair_number

)

select * from queries_described
