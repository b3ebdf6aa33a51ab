with pairs_counted as (

    select
        user_id,
        count(pair_number) as n_pairs,
        sum(
            case
                when pair_number is null then 0
                else position - {{ prefix_start("position") }}
            end
        ) as n_prefix_items
    from {{ ref("int_user_sequences") }}
    group by user_id

),

pairs_summed as (

    select
        pairs.user_id,
        users.split,
        pairs.n_pairs,
        pairs.n_prefix_items,
        sum(pairs.n_pairs) over (
            order by pairs.user_id
            rows between unbounded preceding and current row
        ) as n_pairs_up_to
    from pairs_counted as pairs
    inner join {{ ref("user_splits") }} as users on pairs.user_id = users.user_id

),

ids_reserved as (

    select
        user_id,
        split,
        n_pairs,
        cast(n_prefix_items as bigint) as n_prefix_items,
        cast(n_pairs_up_to - n_pairs as bigint) as first_pair_id
    from pairs_summed

)

select * from ids_reserved
{{ stored_by(["user_id"]) }}
