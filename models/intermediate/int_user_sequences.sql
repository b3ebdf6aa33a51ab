with events as (

    select * from {{ ref("events_sessionized") }}

),

items_compared as (

    select
        *,
        lag(item_id) over (partition by user_id order by event_number) as item_before
    from events

),

repeats_removed as (

    select *
    from items_compared
    {% if setting("deduplicate_consecutive") -%}
        where item_before is null or item_id != item_before
    {%- endif %}

),

positions_given as (

    select
        user_id,
        split,
        row_number() over (partition by user_id order by event_number) - 1 as position,
        item_id,
        ts_epoch
    from repeats_removed

)

select * from positions_given
