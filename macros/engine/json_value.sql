{% macro json_value(name) -%}
    {{ adapter.dispatch("json_value")(name) }}
{%- endmacro %}

{% macro duckdb__json_value(name) -%}
    {%- set parts = name.split(".") -%}
    {{ quoted(parts[0]) }}
    {%- if parts | length > 1 %} ->> {{ literal(_json_path(parts[1:])) }}{% endif -%}
{%- endmacro %}

{% macro spark__json_value(name) -%}
    {%- for part in name.split(".") -%}
        {{ quoted(part) }}{{ "." if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{% macro _json_path(parts) -%}
    {{ return('$."' ~ parts | join('"."') ~ '"') }}
{%- endmacro %}
