{% macro list_get(list, position) -%}
    {{ adapter.dispatch("list_get")(list, position) }}
{%- endmacro %}

{% macro duckdb__list_get(list, position) -%}
    {{ list }}[{{ position }}]
{%- endmacro %}

{% macro spark__list_get(list, position) -%}
    element_at({{ list }}, cast({{ position }} as int))
{%- endmacro %}
