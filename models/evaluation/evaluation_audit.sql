with query_shares as (

    select * from {{ ref("int_query_shares") }}

),

query_medians as (

    select * from {{ ref("int_query_medians") }}

),

user_shares as (

    select * from {{ ref("int_user_shares") }}

),

leaked_events as (

    select * from {{ ref("int_leaked_events") }}

),

interval_widths as (

    select * from {{ ref("int_interval_widths") }}

),

figures_listed as (

    select * from query_shares
    union all
    select * from query_medians
    union all
    select * from user_shares
    union all
    select * from leaked_events
    union all
    select * from interval_widths

),

values_rounded as (

    select
        split,
        view,
        name,
        round(value, 6) as value
    from figures_listed

)

select * from values_rounded
