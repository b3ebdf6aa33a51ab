{%- set hour = 3600000000 -%}

with queries as (

    select * from {{ ref("evaluation_queries") }}

),

first_items as (

    select * from {{ ref("int_train_first_items") }}

),

pairs as (

    select * from {{ ref("int_train_pairs") }}

),

events as (

    select * from {{ ref("int_user_events") }}

),

users as (

    select * from {{ ref("user_splits") }}

),

train_times_listed as (

    select
        'item' as kind,
        ts
    from first_items
    union all
    select
        'pair' as kind,
        label_ts as ts
    from pairs
    union all
    select
        'event' as kind,
        {{ epoch_microseconds("events.ts") }} as ts
    from events
    inner join users on events.user_id = users.user_id
    where users.split = 'train'

),

query_times_listed as (

    select distinct
        kinds.kind,
        queries.label_ts as ts,
        floor(queries.label_ts / {{ hour }}) as hour_number
    from queries
    cross join (values ('item'), ('pair'), ('event')) as kinds (kind)

),

hours_listed as (

    select
        kind,
        floor(ts / {{ hour }}) as hour_number,
        1 as n
    from train_times_listed
    union all
    select
        kind,
        hour_number,
        0 as n
    from query_times_listed

),

hours_counted as (

    select
        kind,
        hour_number,
        sum(n) as n_in_hour
    from hours_listed
    group by kind, hour_number

),

earlier_hours_counted as (

    select
        kind,
        hour_number,
        sum(n_in_hour) over (
            partition by kind
            order by hour_number
            rows between unbounded preceding and current row
        ) - n_in_hour as n_before_hour
    from hours_counted

),

earlier_in_hour_counted as (

    select
        queries.kind,
        queries.ts,
        count(*) as n_in_hour
    from query_times_listed as queries
    inner join train_times_listed as train
        on
            queries.kind = train.kind
            and queries.hour_number = floor(train.ts / {{ hour }})
            and queries.ts > train.ts
    group by queries.kind, queries.ts

),

-- an hour at a time: without it, each query would be compared with every time
earlier_counted as (

    select
        queries.kind,
        queries.ts as label_ts,
        hours.n_before_hour + coalesce(in_hour.n_in_hour, 0) as n_before
    from query_times_listed as queries
    inner join earlier_hours_counted as hours
        on queries.kind = hours.kind and queries.hour_number = hours.hour_number
    left join earlier_in_hour_counted as in_hour
        on queries.kind = in_hour.kind and queries.ts = in_hour.ts

),

counts_pivoted as (

    select
        label_ts,
        cast(max(case when kind = 'item' then n_before end) as bigint) as n_items,
        cast(max(case when kind = 'pair' then n_before end) as bigint) as n_pairs,
        cast(max(case when kind = 'event' then n_before end) as bigint) as n_events
    from earlier_counted
    group by label_ts

)

select * from counts_pivoted
