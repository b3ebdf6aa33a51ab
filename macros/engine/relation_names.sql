{% macro relation_names(schema) -%}
    {{ return(adapter.dispatch("relation_names")(schema)) }}
{%- endmacro %}

{% macro duckdb__relation_names(schema) -%}
    {{ return(run_query(
        "select table_name from information_schema.tables"
        ~ " where table_catalog = current_database()"
        ~ " and lower(table_schema) = lower(" ~ literal(schema) ~ ") order by 1"
    ).columns[0].values() | list) }}
{%- endmacro %}

{#- namespace, name, whether it is temporary -#}
{% macro spark__relation_names(schema) -%}
    {{ return(run_query("show tables in " ~ schema)
        .rows | rejectattr(2) | map(attribute=1) | sort) }}
{%- endmacro %}
