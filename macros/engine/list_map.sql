{% macro list_map(list, element, expression) -%}
    {{ adapter.dispatch("list_map")(list, element, expression) }}
{%- endmacro %}

{% macro duckdb__list_map(list, element, expression) -%}
    list_transform({{ list }}, lambda {{ element }}: {{ expression }})
{%- endmacro %}

{% macro spark__list_map(list, element, expression) -%}
    transform({{ list }}, {{ element }} -> {{ expression }})
{%- endmacro %}
