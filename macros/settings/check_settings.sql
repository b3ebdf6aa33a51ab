{#- An invalid value stops dbt with a one-line error: var, value, what is allowed. The
    kinds of the settings are in dbt_project.yml. `setting` checks what it returns,
    on-run-start all settings, each and together. -#}

{% macro check_settings() -%}
    {% if execute %}
        {% set known = ["dataset"] + (var("presets")["sample"] | list) %}
        {% set given = invocation_args_dict.get("vars", {}) | list %}
        {% for name in given | reject("equalto", "preset") | list
            + (var("presets")[preset_name()] | list) if name not in known %}
            {% do exceptions.raise_compiler_error(
                name ~ ": no such var; the vars are " ~ known | join(", ") ~ ", preset"
            ) %}
        {% endfor %}
        {% for name in known if name != "dataset" %}
            {% do setting(name) %}
        {% endfor %}
        {% set pinned_splits = setting("pinned_splits") %}
        {% if (setting("split_method") == "pinned") != (pinned_splits is not none) %}
            {% do _reject("pinned_splits", pinned_splits,
                "name a file with split_method pinned, and only with it") %}
        {% endif %}
    {% endif %}
{%- endmacro %}


{% macro _check_dataset() -%}
    {% set presets = var("presets") | map("string") | sort %}
    {% set dataset = var("dataset") %}
    {% if var("preset") and var("preset") not in presets %}
        {% do _reject("preset", var("preset"), "use one of " ~ presets | join(", ")
            ~ ", or null") %}
    {% elif preset_name() not in presets %}
        {% do _reject("dataset", dataset, "use one of " ~ presets | join(", ")
            ~ ", or add a preset to dbt_project.yml") %}
    {% elif dataset is not string
        or not modules.re.fullmatch("[a-z][a-z0-9_]*", dataset) %}
        {% do _reject("dataset", dataset, "it names a schema and a folder: "
            ~ "lower-case letters, digits and _, starting with a letter") %}
    {% endif %}
{%- endmacro %}


{% macro _check(name, value, kind) -%}
    {% if kind.kind == "mapping" %}
        {% do _check_mapping(name, value, kind) %}
    {% elif not (kind.or_null and value is none) %}
        {% set is_number = value is number and value is not boolean %}
        {% set is_text = value is string and value != "" %}
        {% set or_null = ", or null" if kind.or_null else "" %}
        {% if kind.kind == "whole" %}
            {% set fits = is_number and value is integer
                and kind.at_least <= value < 2 ** 31 %}
            {% set allowed = "a whole number, " ~ kind.at_least ~ " or more" %}
        {% elif kind.kind == "above" %}
            {% set fits = is_number and kind.bound < value < 2 ** 31 %}
            {% set allowed = "a number above " ~ kind.bound %}
        {% elif kind.kind == "fraction" %}
            {% set fits = is_number and 0 <= value <= 1 %}
            {% set allowed = "a number from 0 to 1" %}
        {% elif kind.kind == "boolean" %}
            {% set fits = value is boolean %}
            {% set allowed = "true or false" %}
        {% elif kind.kind == "one_of" %}
            {% set fits = value in kind.options %}
            {% set allowed = kind.options | join(" or ") %}
        {% elif kind.kind == "path" %}
            {% set fits, allowed = is_text, "a path or a glob" %}
        {% elif kind.kind == "column" %}
            {% set fits, allowed = is_text, "the name of a column" %}
        {% elif kind.kind == "ratios" %}
            {% set fits = _are_ratios(value) %}
            {% set allowed = "three numbers from 0 to 1 (" ~ splits() | join(", ")
                ~ "), of at most 9 decimals, that sum to 1" %}
        {% endif %}
        {% if not fits %}
            {% do _reject(name, value, "use " ~ allowed ~ or_null) %}
        {% endif %}
    {% endif %}
{%- endmacro %}


{% macro _check_mapping(name, value, kind) -%}
    {% set fields, nullable = kind.fields, [] %}
    {% for field in fields if fields[field].or_null %}
        {% do nullable.append(field) %}
    {% endfor %}
    {% if value is not mapping %}
        {% do _reject(name, value, "use a mapping from " ~ fields | join(", ") ~ " to "
            ~ kind.to) %}
    {% endif %}
    {% for field, given in value.items() %}
        {% if field not in fields %}
            {% do _reject(name, field, "its keys are " ~ fields | join(", ")) %}
        {% elif given is none and nullable and field not in nullable %}
            {% do _reject(name ~ "." ~ field, given,
                "only " ~ nullable | join(" and ") ~ " may be null") %}
        {% endif %}
        {% do _check(name ~ "." ~ field, given, fields[field]) %}
    {% endfor %}
{%- endmacro %}


{#- Summed as whole numbers: binary floats of 0.7, 0.2 and 0.1 do not sum to 1. -#}
{% macro _are_ratios(value) -%}
    {% if value is not sequence or value is string or value | length != 3 %}
        {{ return(false) }}
    {% endif %}
    {% set billionths = [] %}
    {% for ratio in value %}
        {% if ratio is not number or ratio is boolean or not 0 <= ratio <= 1
            or ("%.9f" | format(ratio) | float) != ratio %}
            {{ return(false) }}
        {% endif %}
        {% do billionths.append((ratio * 10 ** 9) | round | int) %}
    {% endfor %}
    {{ return(billionths | sum == 10 ** 9) }}
{%- endmacro %}


{% macro _reject(name, value, allowed) -%}
    {{ exceptions.raise_compiler_error(
        name ~ ": " ~ tojson(value, value | string) ~ " is not allowed; " ~ allowed
    ) }}
{%- endmacro %}
