{#- The value of a setting: given beside the preset (--vars), else the preset's. -#}
{% macro setting(name) -%}
    {% do check_dataset() %}
    {% set preset = var("presets")[var("dataset")] %}
    {% if name not in preset %}
        {% do exceptions.raise_compiler_error("presets: " ~ var("dataset") ~ " has no "
            ~ name ~ "; begin it with '<<: *defaults'") %}
    {% endif %}
    {% set value = var(name, preset[name]) %}
    {% do check_setting(name, value) %}
    {{ return(value) }}
{%- endmacro %}


{% macro min_interactions() -%}
    {% set given = setting("min_interactions") %}
    {{ return(setting("episode_k") + setting("episode_q") if given is none else given) }}
{%- endmacro %}


{#- The input's column for each of ours; a name left out stands for itself. -#}
{% macro input_columns() -%}
    {% set columns = dict(var("presets")["sample"]["columns"]) %}
    {% do columns.update(setting("columns")) %}
    {{ return(columns) }}
{%- endmacro %}


{% macro generate_schema_name(custom_schema_name, node) -%}
    {% do check_dataset() %}
    {{ return(var("dataset")) }}
{%- endmacro %}
