with events as (

    select * from {{ ref("stg_events") }}

),

users as (

    select * from {{ ref("user_splits") }}

),

vocab as (

    select * from {{ ref("vocab") }}

),

eligible_events_kept as (

    select
        events.user_id,
        events.ts,
        events.ts_epoch,
        vocab.item_id,
        events.watch_percentage,
        events.rating
    from events
    inner join users on events.user_id = users.user_id
    inner join vocab on events.course_id = vocab.course_id

),

-- item_id sorts like course_id: it numbers the courses in order
events_ordered as (

    select
        *,
        cast(row_number() over events_in_order as bigint) as event_number,
        ts_epoch - lag(ts_epoch) over events_in_order as gap_seconds,
        lag(item_id) over events_in_order as previous_item_id
    from eligible_events_kept
    window
        events_in_order as (
            partition by user_id
            order by
                ts_epoch,
                item_id,
                ts,
                watch_percentage nulls first,
                rating nulls first
        )

),

session_starts_flagged as (

    select
        *,
        gap_seconds is null
        or gap_seconds > {{ setting("session_gap_seconds") }} as starts_session
    from events_ordered

),

sessions_numbered as (

    select
        user_id,
        event_number,
        count(case when starts_session then 1 end) over (
            partition by user_id
            order by event_number
            rows between unbounded preceding and current row
        ) as session_number,
        ts,
        ts_epoch,
        gap_seconds,
        item_id,
        previous_item_id,
        watch_percentage,
        rating
    from session_starts_flagged

)

select * from sessions_numbered
{{ order_by(["user_id", "event_number"]) }}
