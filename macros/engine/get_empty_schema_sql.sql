{% macro get_empty_schema_sql(columns) -%}
    {{ return(dbt.get_empty_schema_sql(_typed_columns(columns))) }}
{%- endmacro %}
