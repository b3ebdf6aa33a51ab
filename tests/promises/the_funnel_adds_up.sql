-- Each step of the funnel loses what is counted where it is lost, and adds nothing.
-- looks at: rows read
with losses_counted as (

    select
        'events accepted' as step,
        count(*) as n_lost
    from {{ ref("rejected_events") }}
    union all
    select
        'events of the time chosen' as step,
        {{ count_left_out("time") }} as n_lost
    union all
    select
        'events of courses with enough users' as step,
        {{ count_left_out("course") }} as n_lost
    union all
    select
        'events before the next split begins' as step,
        {{ count_left_out("cut") }} as n_lost
    union all
    select
        'events of eligible users' as step,
        sum(case when is_eligible then 0 else n_events end) as n_lost
    from {{ ref("int_users") }}
    union all
    select
        'items of user sequences' as step,
        {% if setting("deduplicate_consecutive") -%}
            count(case when item_id = previous_item_id then 1 end) as n_lost
        {%- else -%}
            0 as n_lost
        {%- endif %}
    from {{ ref("int_user_events") }}
    union all
    select
        'items with an item before them' as step,
        count(*) as n_lost
    from {{ ref("user_splits") }}
    union all
    select
        'prefix-label pairs' as step,
        count(*) as n_lost
    from {{ ref("int_sequence_items") }}
    where skipped_because = 'tie'
    union all
    select
        'pairs used in episodes' as step,
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

select
    funnel.step,
    losses.step as step_of_losses
from {{ ref("report_funnel") }} as funnel
full outer join losses_counted as losses on funnel.step = losses.step
where
    coalesce(funnel.rows_in - funnel.rows_out, 0) != coalesce(losses.n_lost, 0)
    or funnel.rows_out > funnel.rows_in
    or funnel.users_out > funnel.users_in
    or funnel.courses_out > funnel.courses_in
