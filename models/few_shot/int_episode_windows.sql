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
        position
    from items
    where pair_number is not null

),

windows_opened as (

    select
        user_id,
        pair_number,
        position,
        lead(position, {{ k + q - 1 }}) over labels_in_order as last_position,
        array_agg(position) over (
            partition by user_id
            order by pair_number
            rows between current row and {{ k + q - 1 }} following
        ) as label_positions
    from labels_selected
    window labels_in_order as (partition by user_id order by pair_number)

),

full_windows_kept as (

    select
        user_id,
        pair_number as first_pair_number,
        {{ prefix_start("position") }} as first_position,
        last_position,
        label_positions
    from windows_opened
    where
        pair_number % {{ q }} = 0
        and last_position is not null

),

episodes_numbered as (

    select
        cast(
            users.first_episode_id + windows.first_pair_number / {{ q }} as bigint
        ) as episode_id,
        windows.user_id,
        users.split,
        windows.first_pair_number,
        windows.first_position,
        windows.last_position,
        windows.label_positions
    from full_windows_kept as windows
    inner join users on windows.user_id = users.user_id

)

select * from episodes_numbered
{{ order_by(["user_id", "first_pair_number"]) }}
