{% macro unnest_range(first, last) -%}
    {{ adapter.dispatch("unnest_range")(first, last) }}
{%- endmacro %}

{% macro duckdb__unnest_range(first, last) -%}
    unnest(range({{ first }}, {{ last }} + 1))
{%- endmacro %}

{% macro spark__unnest_range(first, last) -%}
    explode(sequence(cast({{ first }} as bigint), cast({{ last }} as bigint)))
{%- endmacro %}
