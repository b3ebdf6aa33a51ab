{% macro list_min(list) -%}
    {{ adapter.dispatch("list_min")(list) }}
{%- endmacro %}

{% macro duckdb__list_min(list) -%}
    list_min({{ list }})
{%- endmacro %}

{% macro spark__list_min(list) -%}
    array_min({{ list }})
{%- endmacro %}
