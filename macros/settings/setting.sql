{% macro setting(name) -%}
    {% do _check_dataset() %}
    {% set preset = var("presets")[preset_name()] %}
    {% if name not in preset %}
        {% do exceptions.raise_compiler_error("presets: " ~ preset_name() ~ " has no "
            ~ name ~ "; start it with '<<: *defaults'") %}
    {% endif %}
    {% set value = var(name, preset[name]) %}
    {% do _check(name, value, var("setting_kinds")[name]) %}
    {% if value is mapping %}
        {#- an omitted key has the default's value -#}
        {{ return(dict(var("presets")["sample"][name], **value)) }}
    {% endif %}
    {{ return(value) }}
{%- endmacro %}


{#- That of the dataset's name, unless the var preset names another. -#}
{% macro preset_name() -%}
    {{ return(var("preset") or var("dataset")) }}
{%- endmacro %}


{% macro min_interactions() -%}
    {% set given = setting("min_interactions") %}
    {{ return(setting("episode_k") + setting("episode_q") if given is none else given) }}
{%- endmacro %}


{% macro resolved_settings() -%}
    {% set settings = {"dataset": var("dataset")} %}
    {% for name in var("presets")["sample"] %}
        {% do settings.update({name: setting(name)}) %}
    {% endfor %}
    {% do settings.update(
        {"raw_events": raw_events_path(), "min_interactions": min_interactions()}
    ) %}
    {{ return(settings) }}
{%- endmacro %}
