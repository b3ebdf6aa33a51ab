with events_kept as (

    select
        events.*,
        users.split,
        vocab.item_id
    from {{ ref("stg_events") }} as events
    inner join {{ ref("user_splits") }} as users on events.user_id = users.user_id
    inner join {{ ref("vocab") }} as vocab on events.course_id = vocab.course_id

),

-- item_id stands for course_id: it numbers the courses in their order
events_ordered as (

    select
        *,
        row_number() over (
            partition by user_id
            order by
                ts_epoch,
                item_id,
                ts,
                watch_percentage nulls first,
                rating nulls first
        ) as event_number
    from events_kept

),

gaps_measured as (

    select
        *,
        ts_epoch - lag(ts_epoch) over (
            partition by user_id order by event_number
        ) as gap_seconds
    from events_ordered

),

sessions_numbered as (

    select
        *,
        count(
            case
                when gap_seconds is null then 1
                when gap_seconds > {{ setting("session_gap_seconds") }} then 1
            end
        ) over (
            partition by user_id
            order by event_number
            rows between unbounded preceding and current row
        ) as session_number
    from gaps_measured

),

positions_given as (

    select
        *,
        row_number() over (
            partition by user_id, session_number order by event_number
        ) as pos_in_sess,
        count(*) over (partition by user_id, session_number) as sess_len
    from sessions_numbered

),

sessions_named as (

    select
        user_id,
        course_id,
        {{ session_id("user_id", "session_number") }} as session_id,
        split,
        ts,
        ts_epoch,
        event_number,
        gap_seconds,
        session_number,
        pos_in_sess,
        sess_len,
        item_id,
        watch_percentage,
        rating
    from positions_given

)

select * from sessions_named
