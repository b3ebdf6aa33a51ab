{% macro literal(value) -%}
    {%- if value is none -%} null
    {%- else -%} {{ adapter.dispatch("literal")(value | string) }}
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__literal(text) -%}
    '{{ text | replace("'", "''") }}'
{%- endmacro %}

{#- In Spark a backslash starts an escape, and two quotes end one literal and start
    another. -#}
{% macro spark__literal(text) -%}
    '{{ text | replace("\\", "\\\\") | replace("'", "\\'") }}'
{%- endmacro %}
