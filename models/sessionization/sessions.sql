with events as (

    select * from {{ ref("int_user_events") }}

),

items_counted as (

    select
        user_id,
        session_start,
        item_id,
        count(*) as n_events
    from events
    group by user_id, session_start, item_id

),

items_ranked as (

    select
        user_id,
        session_start,
        item_id,
        row_number() over (
            partition by user_id, session_start order by n_events desc, item_id asc
        ) as item_rank
    from items_counted

),

sessions_summed as (

    select
        user_id,
        session_start,
        min(ts_epoch) as start_ts,
        max(ts_epoch) as end_ts,
        count(*) as n_events
    from events
    group by user_id, session_start

),

sessions_numbered as (

    select
        *,
        cast(row_number() over sessions_in_order as bigint) as session_number
    from sessions_summed
    window sessions_in_order as (partition by user_id order by session_start)

),

main_courses_joined as (

    select
        {{ session_id("sessions.user_id", "sessions.session_number") }} as session_id,
        sessions.user_id,
        sessions.session_number,
        sessions.session_start,
        vocab.course_id,
        sessions.start_ts,
        sessions.end_ts,
        sessions.n_events,
        sessions.end_ts - sessions.start_ts as duration_sec
    from sessions_numbered as sessions
    inner join items_ranked as items
        on
            sessions.user_id = items.user_id
            and sessions.session_start = items.session_start
    inner join {{ ref("vocab") }} as vocab on items.item_id = vocab.item_id
    where items.item_rank = 1

)

select * from main_courses_joined
{{ stored_by(["user_id", "session_number"]) }}
