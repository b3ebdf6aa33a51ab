{% macro literal(value) -%}
    {%- if value is none -%} null
    {%- else -%} {{ adapter.dispatch("literal")(value | string) }}
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__literal(text) -%}
    '{{ text | replace("'", "''") }}'
{%- endmacro %}

{#- Spark reads a backslash as the start of an escape, and two quotes as the end of one
    literal and the start of another. -#}
{% macro spark__literal(text) -%}
    '{{ text | replace("\\", "\\\\") | replace("'", "\\'") }}'
{%- endmacro %}
