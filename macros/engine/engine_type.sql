{% macro engine_type(type) -%}
    {% if type in ["user_id_type", "item_id_type"] %}
        {{ return(engine_type(setting(type))) }}
    {% endif %}
    {{ return(adapter.dispatch("engine_type")(type)) }}
{%- endmacro %}

{% macro duckdb__engine_type(type) -%}
    {{ return(type) }}
{%- endmacro %}

{% macro spark__engine_type(type) -%}
    {% if type.endswith("[]") %}
        {{ return("array<" ~ engine_type(type[:-2]) ~ ">") }}
    {% endif %}
    {{ return("string" if type == "varchar" else type) }}
{%- endmacro %}

{#- The columns of a yml with the engine's types, for dbt's macros that enforce contracts. -#}
{% macro _typed_columns(columns) -%}
    {% set typed = {} %}
    {% for name, column in columns.items() %}
        {% do typed.update({name: dict(column, data_type=engine_type(column.data_type))}) %}
    {% endfor %}
    {{ return(typed) }}
{%- endmacro %}
