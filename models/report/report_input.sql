with base_events as (

    select * from {{ ref("base_events") }}

),

events as (

    select * from {{ ref("stg_events") }}

),

rows_counted as (

    select
        count(*) as n_rows,
        count(reason) as n_rejected
    from base_events

),

events_counted as (

    select
        count(*) as n_events,
        count(distinct user_id) as n_users,
        count(distinct course_id) as n_courses,
        min(ts_epoch) as first_ts_epoch,
        max(ts_epoch) as last_ts_epoch,
        count(case when is_watch_percentage_unreadable then 1 end)
            as n_watch_percentage_unreadable,
        count(case when watch_percentage not between 0 and 100 then 1 end)
            as n_watch_percentage_out_of_range,
        count(case when is_rating_unreadable then 1 end) as n_rating_unreadable,
        count(case when rating not between 1 and 10 then 1 end) as n_rating_out_of_range
    from events

),

cells_filled as (

    select distinct
        user_id,
        course_id
    from events

),

cells_counted as (

    select count(*) as n_cells_filled
    from cells_filled

),

shares_computed as (

    select
        rows_counted.*,
        events_counted.*,
        cells_counted.n_cells_filled,
        {{ unfilled_share("n_events", "n_users", "n_courses") }} as sparsity,
        {{ unfilled_share("n_cells_filled", "n_users", "n_courses") }}
            as empty_cell_share
    from rows_counted
    cross join events_counted
    cross join cells_counted

)

select * from shares_computed
