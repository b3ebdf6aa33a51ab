{% macro list_agg_ordered(value, key) -%}
    {{ adapter.dispatch("list_agg_ordered")(value, key) }}
{%- endmacro %}

{% macro duckdb__list_agg_ordered(value, key) -%}
    array_agg({{ value }} order by {{ key }})
{%- endmacro %}

{% macro spark__list_agg_ordered(value, key) -%}
    transform(
        array_sort(array_agg(named_struct('key', {{ key }}, 'value', {{ value }}))),
        entry -> entry.value
    )
{%- endmacro %}
