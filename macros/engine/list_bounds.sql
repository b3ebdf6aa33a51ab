{#- The smallest and the largest value of a list. -#}
{% macro list_min(list) -%}
    {{ adapter.dispatch("list_min")(list) }}
{%- endmacro %}

{% macro duckdb__list_min(list) -%}
    list_min({{ list }})
{%- endmacro %}

{% macro spark__list_min(list) -%}
    array_min({{ list }})
{%- endmacro %}


{% macro list_max(list) -%}
    {{ adapter.dispatch("list_max")(list) }}
{%- endmacro %}

{% macro duckdb__list_max(list) -%}
    list_max({{ list }})
{%- endmacro %}

{% macro spark__list_max(list) -%}
    array_max({{ list }})
{%- endmacro %}
