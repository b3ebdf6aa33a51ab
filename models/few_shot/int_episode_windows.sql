{%- set k = setting("episode_k") -%}
{%- set q = setting("episode_q") -%}

with items as (

    select * from {{ ref("int_sequence_items") }}

),

users as (

    select * from {{ ref("int_user_totals") }}

),

labels_selected as (

    select
        user_id,
        pair_number,
        position,
        {{ epoch_microseconds("ts") }} as label_ts
    from items
    where pair_number is not null

),

windows_opened as (

    select
        user_id,
        pair_number,
        position,
        lead(position, {{ k + q - 1 }}) over labels_in_order as last_position,
        array_agg(position) over labels_of_window as label_positions,
        array_agg(label_ts) over labels_of_window as label_ts
    from labels_selected
    window
        labels_in_order as (partition by user_id order by pair_number),
        labels_of_window as (
            partition by user_id
            order by pair_number
            rows between current row and {{ k + q - 1 }} following
        )

),

full_windows_kept as (

    select
        user_id,
        pair_number as first_pair_number,
        cast(pair_number / {{ q }} as bigint) as window_number,
        position as n_known,
        {{ prefix_start("position") }} as first_position,
        last_position,
        label_positions,
        label_ts
    from windows_opened
    where
        pair_number % {{ q }} = 0
        and last_position is not null

),

episodes_numbered as (

    select
        users.first_episode_id + windows.window_number as episode_id,
        windows.user_id,
        users.split,
        windows.first_pair_number,
        windows.window_number,
        windows.n_known,
        windows.first_position,
        windows.last_position,
        windows.label_positions,
        windows.label_ts
    from full_windows_kept as windows
    inner join users on windows.user_id = users.user_id

)

select * from episodes_numbered
{{ order_by(["user_id", "first_pair_number"]) }}
