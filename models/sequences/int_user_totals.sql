{%- set k = setting("episode_k") -%}
{%- set q = setting("episode_q") -%}

with items as (

    select * from {{ ref("int_sequence_items") }}

),

users as (

    select * from {{ ref("user_splits") }}

),

pairs_counted as (

    select
        user_id,
        count(pair_number) as n_pairs,
        sum(
            case
                when pair_number is null then 0
                else position - {{ prefix_start("position") }}
            end
        ) as n_prefix_items
    from items
    group by user_id

),

-- after the first K pairs, each Q more make an episode
episodes_counted as (

    select
        pairs.user_id,
        users.split,
        pairs.n_pairs,
        pairs.n_prefix_items,
        greatest(floor((pairs.n_pairs - {{ k }}) / {{ q }}), 0) as n_episodes
    from pairs_counted as pairs
    inner join users on pairs.user_id = users.user_id

),

running_totals_added as (

    select
        *,
        sum(n_pairs) over (
            order by user_id
            rows between unbounded preceding and current row
        ) as n_pairs_up_to,
        sum(n_episodes) over (
            partition by split
            order by user_id
            rows between unbounded preceding and current row
        ) as n_episodes_up_to
    from episodes_counted

),

ids_assigned as (

    select
        user_id,
        split,
        n_pairs,
        cast(n_prefix_items as bigint) as n_prefix_items,
        cast(n_pairs_up_to - n_pairs as bigint) as first_pair_id,
        cast(n_episodes as bigint) as n_episodes,
        cast(n_episodes_up_to - n_episodes as bigint) as first_episode_id
    from running_totals_added

)

select * from ids_assigned
{{ order_by(["user_id"]) }}
