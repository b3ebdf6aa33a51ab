{% macro list_max(list) -%}
    {{ adapter.dispatch("list_max")(list) }}
{%- endmacro %}

{% macro duckdb__list_max(list) -%}
    list_max({{ list }})
{%- endmacro %}

{% macro spark__list_max(list) -%}
    array_max({{ list }})
{%- endmacro %}
