{% macro files_at(path) -%}
    {{ return(adapter.dispatch("files_at")(path)) }}
{%- endmacro %}

{% macro duckdb__files_at(path) -%}
    select
        filename as path,
        size as bytes,
        epoch_us(last_modified) as modified_at_us
    from read_blob({{ literal(path) }})
{%- endmacro %}

{#- As in DuckDB, a folder is not a file; Spark would list the files in it. -#}
{% macro spark__files_at(path) -%}
    select
        regexp_replace(path, '^file:', '') as path,
        length as bytes,
        unix_micros(modificationTime) as modified_at_us
    from binaryFile.{{ quoted(path) }}
    where not contains(path, {{ literal(path.rstrip("/") ~ "/") }})
{%- endmacro %}
