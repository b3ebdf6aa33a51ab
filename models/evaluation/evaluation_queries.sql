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
        windows.rank_among_all <= budget_spent.n_windows as is_in_all,
        windows.window_number = 0
        and windows.rank_among_first <= budget_spent.n_windows as is_in_first
    from windows_ranked as windows
    cross join budget_spent

),

-- the query pairs of window w are the pairs w * Q + K up to w * Q + K + Q - 1
labels_matched as (

    select
        windows.user_id,
        windows.split,
        windows.window_number,
        windows.is_in_all,
        windows.is_in_first,
        items.pair_number,
        items.position,
        items.item_id as label,
        {{ epoch_microseconds("items.ts") }} as label_ts
    from windows_chosen as windows
    inner join items
        on
            windows.user_id = items.user_id
            and windows.window_number = floor((items.pair_number - {{ k }}) / {{ q }})
    where windows.is_in_all or windows.is_in_first

),

last_items_joined as (

    select
        labels.user_id,
        labels.pair_number,
        labels.split,
        labels.window_number,
        labels.is_in_all,
        labels.is_in_first,
        labels.position,
        labels.label,
        labels.label_ts,
        previous.item_id as last_item
    from labels_matched as labels
    inner join items as previous
        on
            labels.user_id = previous.user_id
            and labels.position - 1 = previous.position

)

select * from last_items_joined
