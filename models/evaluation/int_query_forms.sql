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

),

query_times_listed as (

    select distinct
        kinds.kind,
        queries.label_ts as ts,
        floor(queries.label_ts / {{ hour }}) as hour
    from queries
    cross join (values ('item'), ('pair')) as kinds (kind)

),

hours_listed as (

    select
        kind,
        floor(ts / {{ hour }}) as hour,
        1 as n
    from train_times_listed
    union all
    select
        kind,
        hour,
        0 as n
    from query_times_listed

),

hours_counted as (

    select
        kind,
        hour,
        sum(n) as n_in_hour
    from hours_listed
    group by kind, hour

),

earlier_hours_counted as (

    select
        kind,
        hour,
        sum(n_in_hour) over (
            partition by kind
            order by hour
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
            and queries.hour = floor(train.ts / {{ hour }})
            and queries.ts > train.ts
    group by queries.kind, queries.ts

),

-- an hour at a time: without it, each query would be compared with every time
totals_pivoted as (

    select
        queries.ts as label_ts,
        sum(
            case
                when queries.kind = 'item'
                    then hours.n_before_hour + coalesce(in_hour.n_in_hour, 0)
            end
        ) as n_items,
        sum(
            case
                when queries.kind = 'pair'
                    then hours.n_before_hour + coalesce(in_hour.n_in_hour, 0)
            end
        ) as n_pairs
    from query_times_listed as queries
    inner join earlier_hours_counted as hours
        on queries.kind = hours.kind and queries.hour = hours.hour
    left join earlier_in_hour_counted as in_hour
        on queries.kind = in_hour.kind and queries.ts = in_hour.ts
    group by queries.ts

),

forms_listed as (

    select
        queries.user_id,
        queries.pair_number,
        queries.label,
        queries.last_item,
        forms.form,
        forms.ordering,
        cast(
            case forms.form
                when 'all' then 9223372036854775807
                when 'past' then queries.label_ts
                else totals.n_items + 1
            end as bigint
        ) as items_end,
        cast(
            case forms.form
                when 'all' then 9223372036854775807
                when 'past' then queries.label_ts
                else totals.n_pairs + 1
            end as bigint
        ) as pairs_end
    from queries
    cross join (
        values ('all', 'time'), ('past', 'time'), ('thinned', 'user')
    ) as forms (form, ordering)
    inner join totals_pivoted as totals on queries.label_ts = totals.label_ts

)

select * from forms_listed
