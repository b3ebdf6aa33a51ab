{#- As fast as a window can be; the largest value, if values rise, takes DuckDB three
    times as long. -#}
{% macro last_not_null(value) -%}
    {{ adapter.dispatch("last_not_null")(value) }}
{%- endmacro %}

{% macro duckdb__last_not_null(value) -%}
    last_value({{ value }} ignore nulls)
{%- endmacro %}

{% macro spark__last_not_null(value) -%}
    last_value({{ value }}, true)
{%- endmacro %}
