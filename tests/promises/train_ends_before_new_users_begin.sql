-- Under new_users train lies before T_val and val before T_test.
-- looks at: events
-- T_val is when the first user of val or test begins, T_test when test's first does
{% set method, times = setting("split_method"), setting("split_times") -%}
with users_begun as (

    select
        users.user_id,
        users.split,
        min(events.ts) as first_ts,
        max(events.ts) as last_ts
    from {{ ref("events_sessionized") }} as events
    inner join {{ ref("user_splits") }} as users on events.user_id = users.user_id
    where {{ "true" if method == "new_users" else "false" }}
    group by users.user_id, users.split

),

times_found as (

    {% if times -%}
        select
            {{ time_literal(times[0]) }} as t_val,
            {{ time_literal(times[1]) }} as t_test
    {%- else -%}
        select
            min(case when split in ('val', 'test') then first_ts end) as t_val,
            min(case when split = 'test' then first_ts end) as t_test
        from users_begun
    {%- endif %}

)

select
    users.user_id,
    users.last_ts
from users_begun as users
cross join times_found as times
where
    (users.split = 'train' and users.last_ts >= times.t_val)
    or (users.split = 'val' and users.last_ts >= times.t_test)
