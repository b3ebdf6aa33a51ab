with events_kept as (

    select
        events.user_id,
        events.ts,
        events.ts_epoch,
        vocab.item_id,
        events.watch_percentage,
        events.rating
    from {{ ref("stg_events") }} as events
    inner join {{ ref("user_splits") }} as users on events.user_id = users.user_id
    inner join {{ ref("vocab") }} as vocab on events.course_id = vocab.course_id

),

-- item_id stands for course_id: it numbers the courses in their order
events_numbered as (

    select
        *,
        cast(row_number() over events_in_order as bigint) as event_number,
        ts_epoch - lag(ts_epoch) over events_in_order as gap_seconds,
        lag(item_id) over events_in_order as previous_item_id
    from events_kept
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

sessions_started as (

    select
        *,
        case
            when gap_seconds is null then event_number
            when gap_seconds > {{ setting("session_gap_seconds") }} then event_number
        end as starts_at
    from events_numbered

),

starts_carried as (

    select
        user_id,
        event_number,
        {{ last_not_null("starts_at") }} over (
            partition by user_id
            order by event_number
            rows between unbounded preceding and current row
        ) as session_start,
        ts,
        ts_epoch,
        gap_seconds,
        item_id,
        previous_item_id,
        watch_percentage,
        rating
    from sessions_started

)

select * from starts_carried
{{ stored_by(["user_id", "event_number"]) }}
