{#- Every rule for what a setting may be. Each violation ends in one line: the var,
    its value, what is allowed. -#}

{% macro reject_setting(name, value, allowed) -%}
    {{ exceptions.raise_compiler_error(
        name ~ ": " ~ tojson(value, value | string) ~ " is not allowed; " ~ allowed
    ) }}
{%- endmacro %}


{% macro check_dataset() -%}
    {% set presets = var("presets") | list | sort %}
    {% set dataset = var("dataset") %}
    {% if dataset not in presets %}
        {% do reject_setting("dataset", dataset, "use one of " ~ presets | join(", ")
            ~ ", or add a preset to dbt_project.yml") %}
    {% elif not modules.re.fullmatch("[a-z][a-z0-9_]*", dataset) %}
        {% do reject_setting("dataset", dataset, "it names a schema and a folder: "
            ~ "lower-case letters, digits and _, starting with a letter") %}
    {% endif %}
{%- endmacro %}


{% macro is_whole(value) -%}
    {{ return(value is integer and value is not boolean) }}
{%- endmacro %}


{% macro is_number(value) -%}
    {{ return(value is number and value is not boolean) }}
{%- endmacro %}


{% macro check_whole(name, at_least, or_null=false) -%}
    {% set value = setting(name) %}
    {% if not (or_null and value is none)
        and not (is_whole(value) and value >= at_least and value < 2 ** 31) %}
        {% do reject_setting(name, value, "use a whole number, " ~ at_least
            ~ " or more" ~ (", or null" if or_null else "")) %}
    {% endif %}
{%- endmacro %}


{% macro check_one_of(name, allowed) -%}
    {% set value = setting(name) %}
    {% if value not in allowed %}
        {% do reject_setting(name, value, "use " ~ allowed | join(" or ")) %}
    {% endif %}
{%- endmacro %}


{% macro check_known_names() -%}
    {% set known = ["dataset"] + (var("presets")["sample"] | list) %}
    {% for name in invocation_args_dict.get("vars", {}) if name not in known %}
        {% do exceptions.raise_compiler_error(
            name ~ ": no such var; the vars are " ~ known | join(", ")
        ) %}
    {% endfor %}
    {% for preset, settings in var("presets").items() %}
        {% for name in settings if name not in known %}
            {% do exceptions.raise_compiler_error(
                "presets." ~ preset ~ "." ~ name ~ ": no such var; the vars are "
                ~ known | join(", ")
            ) %}
        {% endfor %}
    {% endfor %}
{%- endmacro %}


{% macro check_columns() -%}
    {% set names = var("presets")["sample"]["columns"] | list %}
    {% set given = setting("columns") %}
    {% if given is not mapping %}
        {% do reject_setting("columns", given, "use a mapping from "
            ~ names | join(", ") ~ " to the names in your input") %}
    {% endif %}
    {% for name, column in given.items() %}
        {% if name not in names %}
            {% do reject_setting("columns", name, "its keys are " ~ names | join(", ")) %}
        {% elif column is none and name in names[:3] %}
            {% do reject_setting("columns." ~ name, column,
                "only watch_percentage and rating may be null") %}
        {% elif column is not none and (column is not string or column == "") %}
            {% do reject_setting("columns." ~ name, column, "use the name of a column") %}
        {% endif %}
    {% endfor %}
{%- endmacro %}


{% macro check_split_ratios() -%}
    {% set ratios = setting("split_ratios") %}
    {% set allowed = "use three numbers from 0 to 1, train, val and test, of at most 9 "
        ~ "decimals, that sum to 1" %}
    {% if ratios is string or ratios is not sequence or ratios | length != 3 %}
        {% do reject_setting("split_ratios", ratios, allowed) %}
    {% endif %}
    {% set billionths = [] %}
    {% for ratio in ratios %}
        {% if not is_number(ratio) or ratio < 0 or ratio > 1
            or ("%.9f" | format(ratio) | float) != ratio %}
            {% do reject_setting("split_ratios", ratios, allowed) %}
        {% endif %}
        {% do billionths.append((ratio * 10 ** 9) | round | int) %}
    {% endfor %}
    {% if billionths | sum != 10 ** 9 %}
        {% do reject_setting("split_ratios", ratios, allowed) %}
    {% endif %}
{%- endmacro %}


{% macro check_pinned_splits() -%}
    {% set value = setting("pinned_splits") %}
    {% if (setting("split_method") == "pinned") != (value is not none) %}
        {% do reject_setting("pinned_splits", value,
            "name a file with split_method pinned, and only with it") %}
    {% endif %}
{%- endmacro %}


{% macro check_paths() -%}
    {% for name in ["raw_events", "pinned_splits"] %}
        {% set value = setting(name) %}
        {% if value is not none and (value is not string or value == "") %}
            {% do reject_setting(name, value, "use a path or a glob, or null") %}
        {% endif %}
    {% endfor %}
{%- endmacro %}


{% macro check_settings() -%}
    {% if execute %}
        {% do check_known_names() %}
        {% do check_dataset() %}
        {% do check_paths() %}
        {% do check_columns() %}
        {% do check_one_of("user_id_type", ["bigint", "varchar"]) %}
        {% do check_one_of("item_id_type", ["bigint", "varchar"]) %}
        {% do check_whole("min_interactions", 1, or_null=true) %}
        {% do check_split_ratios() %}
        {% do check_whole("split_seed", 0) %}
        {% do check_one_of("split_method", ["exact", "stable", "pinned"]) %}
        {% do check_pinned_splits() %}
        {% if setting("deduplicate_consecutive") is not boolean %}
            {% do reject_setting("deduplicate_consecutive",
                setting("deduplicate_consecutive"), "use true or false") %}
        {% endif %}
        {% do check_whole("session_gap_seconds", 0) %}
        {% do check_whole("episode_k", 1) %}
        {% do check_whole("episode_q", 1) %}
        {% do check_whole("max_prefix_len", 1, or_null=true) %}
        {% set share = setting("max_rejected_fraction") %}
        {% if not is_number(share) or share < 0 or share > 1 %}
            {% do reject_setting("max_rejected_fraction", share,
                "use a number from 0 to 1") %}
        {% endif %}
    {% endif %}
{%- endmacro %}
