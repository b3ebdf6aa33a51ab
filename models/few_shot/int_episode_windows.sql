{%- set k = setting("episode_k") -%}
{%- set q = setting("episode_q") -%}

with labels as (

    select
        user_id,
        pair_number,
        position
    from {{ ref("int_sequence_items") }}
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
    from labels
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
            users.first_episode_id + episodes.first_pair_number / {{ q }} as bigint
        ) as episode_id,
        episodes.user_id,
        users.split,
        episodes.first_pair_number,
        episodes.first_position,
        episodes.last_position,
        episodes.label_positions
    from full_windows_kept as episodes
    inner join {{ ref("int_user_totals") }} as users on episodes.user_id = users.user_id

)

select * from episodes_numbered
{{ stored_by(["user_id", "first_pair_number"]) }}
