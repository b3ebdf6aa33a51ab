{#- Lists and rows, where DuckDB and Spark have no word in common. A position counts from 1. -#}

{#- The values of a group, in order of a key that is unique in it. -#}
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


{% macro list_get(list, position) -%}
    {{ adapter.dispatch("list_get")(list, position) }}
{%- endmacro %}

{% macro duckdb__list_get(list, position) -%}
    {{ list }}[{{ position }}]
{%- endmacro %}

{% macro spark__list_get(list, position) -%}
    element_at({{ list }}, cast({{ position }} as int))
{%- endmacro %}


{#- From the first to the last position, both included. -#}
{% macro list_slice(list, first, last) -%}
    {{ adapter.dispatch("list_slice")(list, first, last) }}
{%- endmacro %}

{% macro duckdb__list_slice(list, first, last) -%}
    {{ list }}[{{ first }}:{{ last }}]
{%- endmacro %}

{% macro spark__list_slice(list, first, last) -%}
    slice(
        {{ list }},
        cast({{ first }} as int),
        cast(greatest({{ last }} - ({{ first }}) + 1, 0) as int)
    )
{%- endmacro %}


{% macro list_map(list, element, expression) -%}
    {{ adapter.dispatch("list_map")(list, element, expression) }}
{%- endmacro %}

{% macro duckdb__list_map(list, element, expression) -%}
    list_transform({{ list }}, lambda {{ element }}: {{ expression }})
{%- endmacro %}

{% macro spark__list_map(list, element, expression) -%}
    transform({{ list }}, {{ element }} -> {{ expression }})
{%- endmacro %}


{#- A row for each whole number from the first to the last, both included; the last is
    not before the first. -#}
{% macro unnest_range(first, last) -%}
    {{ adapter.dispatch("unnest_range")(first, last) }}
{%- endmacro %}

{% macro duckdb__unnest_range(first, last) -%}
    unnest(range({{ first }}, {{ last }} + 1))
{%- endmacro %}

{% macro spark__unnest_range(first, last) -%}
    explode(sequence({{ first }}, {{ last }}))
{%- endmacro %}
