{% macro json_value(name) -%}
    {{ adapter.dispatch("json_value")(name) }}
{%- endmacro %}

{#- Where a text that is not JSON is in place of the object, the value is null. -#}
{% macro duckdb__json_value(name) -%}
    {%- set parts = name.split(".") -%}
    {%- if parts | length > 1 -%}
        try({{ quoted(parts[0]) }} ->> {{ literal(_json_path(parts[1:])) }})
    {%- else -%} {{ quoted(name) }}
    {%- endif -%}
{%- endmacro %}

{% macro spark__json_value(name) -%}
    {%- for part in name.split(".") -%}
        {{ quoted(part) }}{{ "." if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{% macro _json_path(parts) -%}
    {{ return('$."' ~ parts | join('"."') ~ '"' if parts else "$") }}
{%- endmacro %}
