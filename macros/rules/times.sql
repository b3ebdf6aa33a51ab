{#- A time of the settings, in UTC. -#}
{% macro time_literal(time) -%}
    cast({{ literal(time) }} as timestamp)
{%- endmacro %}


{% macro is_in_time(ts) -%}
    {%- set conditions = [] -%}
    {%- if setting("time_from") -%}
        {%- do conditions.append(ts ~ " >= " ~ time_literal(setting("time_from"))) -%}
    {%- endif -%}
    {%- if setting("time_until") -%}
        {%- do conditions.append(ts ~ " < " ~ time_literal(setting("time_until"))) -%}
    {%- endif -%}
    {{ conditions | join(" and ") or "true" }}
{%- endmacro %}


{% macro outside_times() -%}
    {%- set sides = [] -%}
    {%- if setting("time_from") -%}
        {%- do sides.append("before " ~ setting("time_from")) -%}
    {%- endif -%}
    {%- if setting("time_until") -%}
        {%- do sides.append("at or after " ~ setting("time_until")) -%}
    {%- endif -%}
    {{ sides | join(" or ") }}
{%- endmacro %}


{% macro is_before(ts, end) -%}
    ({{ end }} is null or {{ ts }} < {{ end }})
{%- endmacro %}
