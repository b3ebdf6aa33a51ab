{%- set k, q = setting("episode_k"), setting("episode_q") -%}

with windows as (

    select * from {{ ref("int_episode_windows") }}

),

items as (

    select * from {{ ref("int_sequence_items") }}

),

users as (

    select * from {{ ref("user_splits") }}

),

vocab as (

    select * from {{ ref("vocab") }}

),

windows_numbered as (

    select
        windows.user_id,
        windows.split,
        windows.window_number,
        windows.first_pair_number,
        windows.n_known,
        users.split_key
    from windows
    inner join users on windows.user_id = users.user_id
    where windows.split != 'train'

),

windows_ranked as (

    select
        user_id,
        split,
        window_number,
        first_pair_number,
        n_known,
        row_number() over (
            partition by split, window_number > 0 order by split_key, user_id
        ) as rank_among_first,
        row_number() over (
            partition by split
            order by
                {{ split_key(
                    literal(setting("split_seed")),
                    "concat(cast(user_id as string), ':', window_number)"
                ) }},
                user_id,
                window_number
        ) as rank_among_all
    from windows_numbered

),

budget_spent as (

    select floor({{ setting("evaluation_budget") }} / ({{ q }} * count(*))) as n_windows
    from vocab

),

windows_chosen as (

    select
        windows.user_id,
        windows.split,
        windows.window_number,
        windows.n_known,
        windows.first_pair_number + {{ k }} as first_query,
        windows.first_pair_number + {{ k + q - 1 }} as last_query,
        windows.rank_among_all <= budget_spent.n_windows as is_in_all,
        windows.window_number = 0
        and windows.rank_among_first <= budget_spent.n_windows as is_in_first
    from windows_ranked as windows
    cross join budget_spent

),

query_pairs_listed as (

    select
        user_id,
        split,
        window_number,
        n_known,
        is_in_all,
        is_in_first,
        {{ unnest_range("first_query", "last_query") }} as pair_number
    from windows_chosen
    where is_in_all or is_in_first

),

labels_joined as (

    select
        query_pairs.*,
        items.position,
        items.item_id as label,
        {{ epoch_microseconds("items.ts") }} as label_ts
    from query_pairs_listed as query_pairs
    inner join items
        on
            query_pairs.user_id = items.user_id
            and query_pairs.pair_number = items.pair_number

),

last_items_joined as (

    select
        labels.user_id,
        labels.pair_number,
        labels.split,
        labels.window_number,
        labels.n_known,
        labels.is_in_all,
        labels.is_in_first,
        labels.position,
        labels.label,
        labels.label_ts,
        previous.item_id as last_item
    from labels_joined as labels
    inner join items as previous
        on
            labels.user_id = previous.user_id
            and labels.position - 1 = previous.position

)

select * from last_items_joined
