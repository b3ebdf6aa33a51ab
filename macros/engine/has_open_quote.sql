{#- Spark's parser extends an unclosed quoted last field over all following rows;
    DuckDB's refuses it. -#}
{% macro has_open_quote(file) -%}
    {{ return(adapter.dispatch("has_open_quote")(file)) }}
{%- endmacro %}

{% macro duckdb__has_open_quote(file) -%}
    {{ return(false) }}
{%- endmacro %}

{% macro spark__has_open_quote(file) -%}
    {{ return(run_query(
        "select sum(length(value) - length(replace(value, '\"', ''))) % 2"
        ~ " from text." ~ quoted(file)
    ).columns[0].values()[0] == 1) }}
{%- endmacro %}
