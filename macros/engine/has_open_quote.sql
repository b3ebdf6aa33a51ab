{#- Spark's parser lets a last field whose quote is not closed run to the file's end, over
    all rows to come; DuckDB's refuses it. -#}
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
