{%- set k = setting("episode_k") -%}
{%- set q = setting("episode_q") -%}

with pairs as (

    select * from {{ ref("pairs") }}

),

windows_opened as (

    select
        user_id,
        split,
        pair_number,
        array_agg(prefix) over support as support_prefixes,
        array_agg(label) over support as support_labels,
        array_agg(prefix) over query as query_prefixes,
        array_agg(label) over query as query_labels,
        count(*) over support as n_support,
        count(*) over query as n_query
    from pairs
    window
        support as (
            partition by user_id
            order by pair_number
            rows between current row and {{ k - 1 }} following
        ),
        query as (
            partition by user_id
            order by pair_number
            rows between {{ k }} following and {{ k + q - 1 }} following
        )

),

full_windows_kept as (

    select *
    from windows_opened
    where
        pair_number % {{ q }} = 0
        and n_support = {{ k }}
        and n_query = {{ q }}

),

episodes_numbered as (

    select
        row_number() over (
            partition by split order by user_id, pair_number
        ) - 1 as episode_id,
        user_id,
        split,
        pair_number as first_pair_number,
        support_prefixes,
        support_labels,
        query_prefixes,
        query_labels,
        n_support,
        n_query
    from full_windows_kept

)

select * from episodes_numbered
