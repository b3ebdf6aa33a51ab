{#- Spark needs Hadoop's native library for it, which its Python package lacks. -#}
{% macro reads_zstd() -%}
    {{ return(adapter.dispatch("reads_zstd")()) }}
{%- endmacro %}

{% macro duckdb__reads_zstd() -%}
    {{ return(true) }}
{%- endmacro %}

{% macro spark__reads_zstd() -%}
    {{ return(false) }}
{%- endmacro %}
