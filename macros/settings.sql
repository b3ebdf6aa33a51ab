{% macro setting(name) -%}
    {{ return(var(name, var("presets")[var("dataset")][name])) }}
{%- endmacro %}


{% macro min_interactions() -%}
    {% set given = setting("min_interactions") %}
    {{ return(setting("episode_k") + setting("episode_q") if given is none else given) }}
{%- endmacro %}


{% macro input_columns() -%}
    {% set columns = dict(var("presets")["sample"]["columns"]) %}
    {% do columns.update(setting("columns")) %}
    {{ return(columns) }}
{%- endmacro %}


{% macro generate_schema_name(custom_schema_name, node) -%}
    {% do check_dataset() %}
    {{ return(var("dataset")) }}
{%- endmacro %}
