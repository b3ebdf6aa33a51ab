{#- The end of a model whose rows lie in this order: those of one user together, so that a
    range of users is read without the others. Spark orders the rows of each part it
    writes, and all rows of a user are in one part. -#}
{% macro order_by(columns) -%}
    {{ adapter.dispatch("order_by")(columns) }}
{%- endmacro %}

{% macro duckdb__order_by(columns) -%}
    order by {{ columns | join(", ") }}
{%- endmacro %}

{% macro spark__order_by(columns) -%}
    distribute by {{ columns[0] }} sort by {{ columns | join(", ") }}
{%- endmacro %}
