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
