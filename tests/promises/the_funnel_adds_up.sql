-- Each step of the funnel loses what is counted where it is lost, and adds nothing.
-- looks at: rows read
with losses_counted as (

    select
        1 as step_number,
        count(*) as n_lost
    from {{ ref("rejected_events") }}
    union all
    select
        2 as step_number,
        coalesce(sum(n_events), 0) as n_lost
    from {{ ref("int_users") }}
    where not is_eligible
    union all
    select
        3 as step_number,
        {% if setting("deduplicate_consecutive") -%}
            count(case when item_id = previous_item_id then 1 end) as n_lost
        {%- else -%}
            0 as n_lost
        {%- endif %}
    from {{ ref("int_user_events") }}
    union all
    select
        4 as step_number,
        count(*) as n_lost
    from {{ ref("user_splits") }}
    union all
    select
        5 as step_number,
        count(*) as n_lost
    from {{ ref("int_sequence_items") }}
    where skipped_because = 'tie'
    union all
    select
        6 as step_number,
        (select count(*) from {{ ref("pairs") }})
        - coalesce(sum(n_pairs), 0) as n_lost
    from (
        select
            {{ setting("episode_k") }}
            + {{ setting("episode_q") }} * count(*) as n_pairs
        from {{ ref("int_episode_windows") }}
        group by user_id
    ) as pairs_used

)

select funnel.step_number
from {{ ref("report_funnel") }} as funnel
left join losses_counted as losses on funnel.step_number = losses.step_number
where
    funnel.rows_in - funnel.rows_out != losses.n_lost
    or funnel.rows_out > funnel.rows_in
    or funnel.users_out > funnel.users_in
    or funnel.courses_out > funnel.courses_in
