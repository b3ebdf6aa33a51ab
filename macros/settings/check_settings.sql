{#- An invalid value stops dbt with a one-line error: var, value, what is allowed. The
    kinds of the settings are in dbt_project.yml. `setting` checks what it returns,
    on-run-start all settings, each and together. -#}

{% macro check_settings() -%}
    {% if execute %}
        {% set known = ["dataset"] + (var("presets")["sample"] | list) %}
        {% set given = invocation_args_dict.get("vars", {}) %}
        {#- var() renders texts of the command line, though not those of a preset -#}
        {% for name, text in given.items()
            if text is string and modules.re.search("[{][{%#]", text) %}
            {% do _reject(name, text, "dbt runs what follows {{, {% or {# as code; "
                ~ "rename the file, or leave these out") %}
        {% endfor %}
        {% for name in given | list | reject("equalto", "preset") | list
            + (var("presets")[preset_name()] | list) if name not in known %}
            {% do exceptions.raise_compiler_error(
                name ~ ": no such var; the vars are " ~ known | join(", ") ~ ", preset"
            ) %}
        {% endfor %}
        {% for name in known if name != "dataset" %}
            {% do checked_setting(name) %}
        {% endfor %}
        {% do check_columns_by_number() %}
        {% set pinned_splits = setting("pinned_splits") %}
        {% if (setting("split_method") == "pinned") != (pinned_splits is not none) %}
            {% do _reject("pinned_splits", pinned_splits,
                "name a file with split_method pinned, and only with it") %}
        {% endif %}
        {% do _check_times() %}
        {% set origin = setting("time_origin") %}
        {% if setting("time_format") not in time_units()
            and origin != var("presets")["sample"]["time_origin"] | string %}
            {% do _reject("time_origin", origin, "it is for numbers only: set "
                ~ "time_format to their unit, one of " ~ time_units() | join(", ")) %}
        {% endif %}
    {% endif %}
{%- endmacro %}


{#- Times that go together. Of the same length, text is in the order of time. -#}
{% macro _check_times() -%}
    {% set from, until = setting("time_from"), setting("time_until") %}
    {% if from and until and _in_full(from) >= _in_full(until) %}
        {% do _reject("time_until", until, "it must be after time_from, " ~ from) %}
    {% endif %}
    {% set times = setting("split_times") %}
    {% if times and setting("split_method") != "new_users" %}
        {% do _reject("split_times", times, "they are for split_method new_users only") %}
    {% elif times and _in_full(times[0]) > _in_full(times[1]) %}
        {% do _reject("split_times", times, "T_val must not be after T_test") %}
    {% endif %}
{%- endmacro %}


{% macro _in_full(time) -%}
    {{ return(time.replace("T", " ") ~ "0000-00-00 00:00:00.000000"[time | length:]) }}
{%- endmacro %}


{% macro _check_dataset() -%}
    {% set presets = var("presets") | map("string") | sort %}
    {% set dataset = var("dataset") %}
    {% if var("preset") and var("preset") not in presets %}
        {% do _reject("preset", var("preset"), "use one of " ~ presets | join(", ")
            ~ ", or null") %}
    {% elif preset_name() not in presets %}
        {% do _reject("dataset", dataset, "use one of " ~ presets | join(", ")
            ~ ", add a preset to dbt_project.yml, or name the one to take in the "
            ~ "setting preset") %}
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
        {% elif kind.kind == "text" %}
            {% set fits = value is string
                and kind.at_least <= value.encode() | length <= kind.at_most
                and not modules.re.search("[\r\n]", value) %}
            {% set allowed = "text of " ~ kind.at_least ~ " to " ~ kind.at_most
                ~ " bytes without a line break" %}
        {% elif kind.kind == "texts" %}
            {% set fits = value is sequence and value is not string
                and value is not mapping and value | reject("string") | list == [] %}
            {% set allowed = "a list of texts" %}
        {% elif kind.kind == "column" %}
            {% set fits = is_column(value, kind) %}
            {% set allowed = columns_allowed(kind) %}
        {% elif kind.kind == "time" %}
            {% set fits = is_text and _is_time(value, kind.fraction) %}
            {% set allowed = "a date, or a date and a time, from the years 1 to 9999: "
                ~ '"2014-02-01" or "2014-02-01 08:00:00"' %}
        {% elif kind.kind == "times" %}
            {% set fits = value is sequence and value is not string
                and value is not mapping and value | length == 2
                and value[0] is string and _is_time(value[0], true)
                and value[1] is string and _is_time(value[1], true) %}
            {% set allowed = "a list of two dates, or dates and times, T_val and T_test: "
                ~ '["2018-01-01", "2019-01-01 08:00:00"]' %}
        {% elif kind.kind == "time_format" %}
            {% set fault = _fault_of_time_format(value) %}
            {% set fits = fault == "" %}
            {% set allowed = "auto, a unit of numbers (" ~ time_units() | join(", ")
                ~ ") or a strptime pattern such as %Y-%m-%d %H:%M:%S; " ~ fault %}
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


{% macro _is_time(value, fraction) -%}
    {% set part = "([.][0-9]{1,6})?" if fraction else "" %}
    {% set found = modules.re.fullmatch("(?!0000)([0-9]{4})-(0[1-9]|1[0-2])-([0-9]{2})"
        ~ "([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]" ~ part ~ ")?)?", value) %}
    {% if not found %}
        {{ return(false) }}
    {% endif %}
    {% set year, month = found[1] | int, found[2] | int %}
    {% set is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) %}
    {% set n_days = [31, 29 if is_leap else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] %}
    {{ return(1 <= found[3] | int <= n_days[month - 1]) }}
{%- endmacro %}


{#- Why a time_format cannot be used; empty if it can. -#}
{% macro _fault_of_time_format(value) -%}
    {% if value is not string or "%" not in value and value not in ["auto"] + time_units() | list %}
        {{ return("a pattern has directives like %Y") }}
    {% elif "%" in value %}
        {{ return(read_directives(value).fault) }}
    {% endif %}
    {{ return("") }}
{%- endmacro %}


{% macro _reject(name, value, allowed) -%}
    {{ exceptions.raise_compiler_error(
        name ~ ": " ~ in_quotes(value) ~ " is not allowed; " ~ allowed
    ) }}
{%- endmacro %}
