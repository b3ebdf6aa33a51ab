{% macro fault_of_engine(not_java) -%}
    {{ return(adapter.dispatch("fault_of_engine")(not_java)) }}
{%- endmacro %}

{% macro duckdb__fault_of_engine(not_java) -%}
    {{ return("") }}
{%- endmacro %}

{% macro spark__fault_of_engine(not_java) -%}
    {% if not_java %}
        {{ return("Spark cannot read " ~ not_java | join(", ") ~ "; build on DuckDB") }}
    {% endif %}
    {{ return("") }}
{%- endmacro %}
