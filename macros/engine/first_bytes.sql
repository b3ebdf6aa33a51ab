{% macro first_bytes(file) -%}
    {{ adapter.dispatch("first_bytes")(file) }}
{%- endmacro %}

{% macro duckdb__first_bytes(file) -%}
    select left(hex(content), 1024) as bytes from read_blob({{ literal(file) }})
{%- endmacro %}

{% macro spark__first_bytes(file) -%}
    select hex(substring(content, 1, 512)) as bytes from binaryFile.{{ quoted(file) }}
{%- endmacro %}
