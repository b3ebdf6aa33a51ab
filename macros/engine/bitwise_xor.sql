{% macro bitwise_xor(a, b) -%}
    {{ adapter.dispatch("bitwise_xor")(a, b) }}
{%- endmacro %}

{#- In DuckDB `^` is power. -#}
{% macro duckdb__bitwise_xor(a, b) -%}
    xor({{ a }}, {{ b }})
{%- endmacro %}

{% macro spark__bitwise_xor(a, b) -%}
    ({{ a }} ^ {{ b }})
{%- endmacro %}
