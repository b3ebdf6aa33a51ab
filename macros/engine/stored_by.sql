{#- DuckDB keeps the order of the query. Spark sorts each of the parts it writes, and no
    user is in two. -#}
{% macro stored_by(columns) -%}
    {{ adapter.dispatch("stored_by")(columns) }}
{%- endmacro %}

{% macro duckdb__stored_by(columns) -%}
    order by {{ columns | join(", ") }}
{%- endmacro %}

{% macro spark__stored_by(columns) -%}
    distribute by {{ columns[0] }} sort by {{ columns | join(", ") }}
{%- endmacro %}
