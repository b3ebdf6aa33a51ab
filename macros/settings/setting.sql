{#- Asked for hundreds of times a build, nearly always for a value that is the sample's
    and needs no check. Columns depend on the setting csv. -#}
{% macro setting(name) -%}
    {% set presets = var("presets") %}
    {% set sample, preset = presets["sample"], presets[var("preset") or var("dataset")] %}
    {% set default = sample[name] %}
    {% if name in (preset or {}) and default.isoformat is not defined
        and var(name, preset[name]) == default
        and (name != "columns" or var("csv", preset["csv"]) == sample["csv"]) %}
        {#- a mapping of the caller's own: advice changes it -#}
        {{ return(dict(default) if default is mapping else default) }}
    {% endif %}
    {{ return(checked_setting(name)) }}
{%- endmacro %}


{% macro checked_setting(name) -%}
    {% do _check_dataset() %}
    {% set preset = var("presets")[preset_name()] %}
    {% if name not in preset %}
        {% do exceptions.raise_compiler_error("presets: " ~ preset_name() ~ " has no "
            ~ name ~ "; start it with '<<: *defaults'") %}
    {% endif %}
    {% set defaults = var("presets")["sample"][name] %}
    {% if name == "columns" and not setting("csv").header %}
        {#- columns by number have no default -#}
        {% set value = var(name, {} if preset[name] == defaults else preset[name]) %}
        {% set defaults = dict.fromkeys(defaults) %}
    {% else %}
        {% set value = as_written(var(name, preset[name])) %}
    {% endif %}
    {% do _check(name, value, var("setting_kinds")[name]) %}
    {% if value is mapping %}
        {#- an omitted key has the default's value -#}
        {{ return(dict(defaults, **value)) }}
    {% endif %}
    {{ return(value) }}
{%- endmacro %}


{% macro to_paste(name, mapping) -%}
    {% set defaults, written = var("presets")["sample"][name], [] %}
    {% for key, value in mapping.items() if value != defaults[key] %}
        {% do written.append(key ~ ": " ~ in_quotes(value)) %}
    {% endfor %}
    {{ return(name ~ ": {" ~ written | join(", ") ~ "}") }}
{%- endmacro %}


{% macro preset_name() -%}
    {{ return(var("preset") or var("dataset")) }}
{%- endmacro %}


{% macro min_interactions() -%}
    {% set given = setting("min_interactions") %}
    {{ return(setting("episode_k") + setting("episode_q") if given is none else given) }}
{%- endmacro %}


{% macro limits_on_events() -%}
    {% set limits = [] %}
    {% for name in ["time_from", "time_until"] if setting(name) %}
        {% do limits.append(name ~ " " ~ setting(name)) %}
    {% endfor %}
    {% if setting("min_item_users") > 1 %}
        {% do limits.append("min_item_users " ~ setting("min_item_users")) %}
    {% endif %}
    {{ return(limits | join(", ")) }}
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


{% macro as_written(value) -%}
    {% if value is sequence and value is not string and value is not mapping %}
        {% set written = [] %}
        {% for one in value %}
            {% do written.append(as_written(one)) %}
        {% endfor %}
        {{ return(written) }}
    {% endif %}
    {{ return(value | string if value.isoformat is defined else value) }}
{%- endmacro %}
