with events as (

    select * from {{ ref("int_user_events") }}

),

sessions as (

    select * from {{ ref("sessions") }}

),

vocab as (

    select * from {{ ref("vocab") }}

),

items as (

    select * from {{ ref("int_sequence_items") }}

),

events_counted as (

    select
        count(*) as n_events,
        count(distinct user_id) as n_users,
        count(distinct item_id) as n_courses,
        count(case when is_tied then 1 end) as n_events_tied,
        count(case when gap_us = 0 and item_id = previous_item_id then 1 end)
            as n_events_tied_and_repeated
    from events

),

cells_filled as (

    select distinct
        user_id,
        item_id
    from events

),

cells_counted as (

    select count(*) as n_cells_filled
    from cells_filled

),

sessions_counted as (

    select count(*) as n_sessions
    from sessions

),

courses_counted as (

    select count(*) as n_items
    from vocab

),

items_counted as (

    select
        count(case when skipped_because = 'tie' then 1 end) as n_items_tied,
        count(case when is_tied and skipped_because is null then 1 end)
            as n_labels_tied,
        count(case when skipped_because is null then 1 end) as n_labels
    from items

),

counts_joined as (

    select *  -- noqa: RF02, each count has a name of its own
    from events_counted
    cross join cells_counted
    cross join sessions_counted
    cross join courses_counted
    cross join items_counted

),

settings_added as (

    select
        n_events,
        n_users,
        n_courses,
        n_sessions,
        n_items,
        n_cells_filled,
        n_events_tied,
        n_events_tied_and_repeated,
        n_items_tied,
        n_labels_tied,
        {{ share("n_events_tied", "n_events") }} as events_tied_share,
        {{ share("n_labels_tied", "n_labels") }} as labels_tied_share,
        cast({{ setting("episode_k") }} as bigint) as episode_k,
        cast({{ setting("episode_q") }} as bigint) as episode_q,
        cast({{ min_interactions() }} as bigint) as min_interactions_per_user,
        {{ unfilled_share("n_events", "n_users", "n_courses") }} as sparsity,
        {{ unfilled_share("n_cells_filled", "n_users", "n_courses") }}
            as empty_cell_share
    from counts_joined

)

select * from settings_added
