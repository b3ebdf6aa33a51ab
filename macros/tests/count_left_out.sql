{#- Each in words of its own, not by what the models keep. A step that its setting
    does not ask for loses nothing, and nothing is read for it. -#}
{% macro count_left_out(by) -%}
    {%- set from, until = setting("time_from"), setting("time_until") -%}
    {%- if by == "time" and (from or until) -%}
        (
            select count(*)
            from {{ ref("stg_events") }}
            where
                {{ "ts < " ~ time_literal(from) if from else "false" }}
                or {{ "ts >= " ~ time_literal(until) if until else "false" }}
        )
    {%- elif by == "course" and setting("min_item_users") > 1 -%}
        (
            select coalesce(sum(n_events), 0)
            from {{ ref("int_course_users") }}
            where n_users < {{ setting("min_item_users") }}
        )
    {%- elif by == "cut" and setting("split_method") == "new_users" -%}
        (
            select count(*)
            from {{ ref("int_selected_events") }} as events
            inner join {{ ref("user_splits") }} as users
                on events.user_id = users.user_id
            where events.ts >= users.cut_ts
        )
    {%- else -%} 0
    {%- endif -%}
{%- endmacro %}
