with events as (

    select * from {{ ref("int_selected_events") }}

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
        {{ tie_key("users.split_key", "vocab.split_key") }} as tie_key,
        vocab.course_rank,
        vocab.item_id,
        events.watch_percentage,
        events.rating
    from events
    inner join users on events.user_id = users.user_id
    inner join vocab on events.course_id = vocab.course_id
    where {{ is_before("events.ts", "users.cut_ts") }}

),

events_ordered as (

    select
        *,
        cast(row_number() over events_in_order as bigint) as event_number,
        lag(ts) over events_in_order as previous_ts,
        lead(ts) over events_in_order as next_ts,
        lag(item_id) over events_in_order as previous_item_id
    from eligible_events_kept
    window
        events_in_order as (
            partition by user_id
            order by
                ts,
                tie_key,
                course_rank,
                watch_percentage nulls first,
                rating nulls first
        )

),

gaps_measured as (

    select
        *,
        {{ epoch_microseconds("ts") }}
        - {{ epoch_microseconds("previous_ts") }} as gap_us,
        coalesce(ts = previous_ts, false) or coalesce(ts = next_ts, false) as is_tied
    from events_ordered

),

session_starts_flagged as (

    select
        *,
        gap_us is null
        or gap_us > {{ setting("session_gap_seconds") * 1000000 }} as starts_session
    from gaps_measured

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
        gap_us,
        is_tied,
        item_id,
        previous_item_id,
        watch_percentage,
        rating
    from session_starts_flagged

)

select * from sessions_numbered
{{ order_by(["user_id", "event_number"]) }}
