{% macro parquet_names(file) -%}
    {{ return(adapter.dispatch("parquet_names")(file)) }}
{%- endmacro %}

{% macro duckdb__parquet_names(file) -%}
    select path_in_schema
    from parquet_metadata({{ literal(file) }})
    where row_group_id = 0
{%- endmacro %}

{% macro spark__parquet_names(file) -%}
    describe select * from {{ scan_file(file, default_csv()) }}
{%- endmacro %}
