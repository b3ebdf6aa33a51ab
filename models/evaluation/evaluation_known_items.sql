{#- Values are whole numbers of 1e-12: sums of them do not depend on the order. -#}
{%- set unit = 1000000000000 -%}

with ranks as (

    select * from {{ ref("int_label_ranks") }}

),

queries as (

    select * from {{ ref("evaluation_queries") }}

),

items as (

    select * from {{ ref("int_sequence_items") }}

),

-- the first support label of window w is the label of pair w * Q; a prefix is never
-- empty, so n_known is 1 or more
known_items_counted as (

    select
        queries.user_id,
        queries.pair_number,
        queries.split,
        items.position as n_known
    from queries
    inner join items
        on
            queries.user_id = items.user_id
            and queries.window_number * {{ setting("episode_q") }} = items.pair_number
    where queries.is_in_all

),

bins_matched as (

    select
        known_items.user_id,
        known_items.pair_number,
        known_items.split,
        bins.n_known_from,
        bins.n_known_to
    from known_items_counted as known_items
    inner join (
        values (1, 2), (3, 5), (6, 10), (11, cast(null as int))
    ) as bins (n_known_from, n_known_to)
        on
            known_items.n_known >= bins.n_known_from
            and known_items.n_known <= coalesce(bins.n_known_to, known_items.n_known)

),

users_averaged as (

    select
        bins.split,
        ranks.baseline,
        ranks.form,
        bins.n_known_from,
        bins.n_known_to,
        count(*) as n_queries,
        cast(round(sum(cast(round(
            (least(ranks.n_greater + ranks.n_tied, 10) - least(ranks.n_greater, 10))
            * {{ unit }} / ranks.n_tied
        ) as bigint)) / count(*)) as bigint) as hr
    from bins_matched as bins
    inner join ranks
        on
            bins.user_id = ranks.user_id
            and bins.pair_number = ranks.pair_number
    group by
        bins.user_id,
        bins.split,
        ranks.baseline,
        ranks.form,
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
        round(sum(hr) / count(*) / 1e12, 6) as hr
    from users_averaged
    group by split, baseline, form, n_known_from, n_known_to

)

select * from bins_averaged
