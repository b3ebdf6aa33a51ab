{% macro order_by(columns) -%}
    {{ adapter.dispatch("order_by")(columns) }}
{%- endmacro %}

{% macro duckdb__order_by(columns) -%}
    order by {{ columns | join(", ") }}
{%- endmacro %}

{% macro spark__order_by(columns) -%}
    distribute by {{ columns[0] }} sort by {{ columns | join(", ") }}
{%- endmacro %}
