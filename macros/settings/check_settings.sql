{#- What each setting may be. A value that is not allowed stops dbt with one clear line: the
    var, its value, what is allowed. `setting` checks what it returns; on-run-start checks all,
    and what concerns more than one. -#}

{% macro reject_setting(name, value, allowed) -%}
    {{ exceptions.raise_compiler_error(
        name ~ ": " ~ tojson(value, value | string) ~ " is not allowed; " ~ allowed
    ) }}
{%- endmacro %}


{#- What to say to who misspelt one of a few names: the one most like it, by the letters
    they share in whatever order; nothing where none is. -#}
{% macro did_you_mean(given, names) -%}
    {%- set nearest = namespace(name=none, likeness=0.7) -%}
    {%- for name in names -%}
        {%- set shared = namespace(n_letters=0) -%}
        {%- for letter in name | unique(case_sensitive=true) -%}
            {%- set both = [name.count(letter), (given | string).count(letter)] -%}
            {%- set shared.n_letters = shared.n_letters + both | min -%}
        {%- endfor -%}
        {%- set likeness = 2 * shared.n_letters / (name ~ given) | length -%}
        {%- if likeness > nearest.likeness -%}
            {%- set nearest.name, nearest.likeness = name, likeness -%}
        {%- endif -%}
    {%- endfor -%}
    {{- "did you mean " ~ nearest.name ~ "? " if nearest.name -}}
{%- endmacro %}


{% macro check_setting(name, value) -%}
    {% if name in ["episode_k", "episode_q"] %}
        {% do check_whole(name, value, 1) %}
    {% elif name in ["min_interactions", "max_prefix_len", "tested_pairs"] %}
        {% do check_whole(name, value, 1, or_null=true) %}
    {% elif name in ["split_seed", "session_gap_seconds"] %}
        {% do check_whole(name, value, 0) %}
    {% elif name in ["user_id_type", "item_id_type"] %}
        {% do check_one_of(name, value, ["bigint", "varchar"]) %}
    {% elif name == "split_method" %}
        {% do check_one_of(name, value, ["exact", "stable", "pinned"]) %}
    {% elif name in ["raw_events", "pinned_splits"] %}
        {% do check_path(name, value) %}
    {% elif name == "columns" %}
        {% do check_columns(value) %}
    {% elif name == "split_ratios" %}
        {% do check_split_ratios(value) %}
    {% elif name == "deduplicate_consecutive" %}
        {% if value is not boolean %}
            {% do reject_setting(name, value, "use true or false") %}
        {% endif %}
    {% elif name in ["max_prefix_gib", "max_user_prefix_gib"] %}
        {% if not is_number(value) or value <= 0 %}
            {% do reject_setting(name, value, "use a number above 0") %}
        {% endif %}
    {% elif name == "max_rejected_fraction" %}
        {% if not is_number(value) or value < 0 or value > 1 %}
            {% do reject_setting(name, value, "use a number from 0 to 1") %}
        {% endif %}
    {% endif %}
{%- endmacro %}


{% macro check_settings() -%}
    {% if execute %}
        {% set known = ["dataset"] + (var("presets")["sample"] | list) %}
        {% set given = invocation_args_dict.get("vars", {}) | list %}
        {% for name in given + (var("presets")[var("dataset")] | list)
            if name not in known %}
            {% do exceptions.raise_compiler_error(
                name ~ ": no such var; " ~ did_you_mean(name, known)
                ~ "the vars are " ~ known | join(", ")
            ) %}
        {% endfor %}
        {% for name in known if name != "dataset" %}
            {% do setting(name) %}
        {% endfor %}
        {% set pinned_splits = setting("pinned_splits") %}
        {% if (setting("split_method") == "pinned") != (pinned_splits is not none) %}
            {% do reject_setting("pinned_splits", pinned_splits,
                "name a file with split_method pinned, and only with it") %}
        {% endif %}
    {% endif %}
{%- endmacro %}


{% macro check_dataset() -%}
    {% set presets = var("presets") | map("string") | sort %}
    {% set dataset = var("dataset") %}
    {% if dataset not in presets %}
        {% do reject_setting("dataset", dataset, did_you_mean(dataset, presets)
            ~ "use one of " ~ presets | join(", ")
            ~ ", or add a preset to dbt_project.yml") %}
    {% elif dataset is not string
        or not modules.re.fullmatch("[a-z][a-z0-9_]*", dataset) %}
        {% do reject_setting("dataset", dataset, "it names a schema and a folder: "
            ~ "lower-case letters, digits and _, starting with a letter") %}
    {% endif %}
{%- endmacro %}


{% macro is_number(value) -%}
    {{ return(value is number and value is not boolean) }}
{%- endmacro %}


{% macro check_whole(name, value, at_least, or_null=false) -%}
    {% set is_whole = value is integer and value is not boolean %}
    {% if not (is_whole and value >= at_least and value < 2 ** 31)
        and not (or_null and value is none) %}
        {% do reject_setting(name, value, "use a whole number, " ~ at_least
            ~ " or more" ~ (", or null" if or_null else "")) %}
    {% endif %}
{%- endmacro %}


{% macro check_one_of(name, value, allowed) -%}
    {% if value not in allowed %}
        {% do reject_setting(name, value, did_you_mean(value, allowed)
            ~ "use " ~ allowed | join(" or ")) %}
    {% endif %}
{%- endmacro %}


{% macro check_path(name, value) -%}
    {% if value is not none and (value is not string or value == "") %}
        {% do reject_setting(name, value, "use a path or a glob, or null") %}
    {% endif %}
{%- endmacro %}


{% macro check_columns(value) -%}
    {% set names = var("presets")["sample"]["columns"] | list %}
    {% if value is not mapping %}
        {% do reject_setting("columns", value, "use a mapping from "
            ~ names | join(", ") ~ " to the names in your input") %}
    {% endif %}
    {% for name, column in value.items() %}
        {% if name not in names %}
            {% do reject_setting("columns", name, did_you_mean(name, names)
                ~ "its keys are " ~ names | join(", ")) %}
        {% elif column is none and name not in ["watch_percentage", "rating"] %}
            {% do reject_setting("columns." ~ name, column,
                "only watch_percentage and rating may be null") %}
        {% elif column is not none and (column is not string or column == "") %}
            {% do reject_setting("columns." ~ name, column, "use the name of a column") %}
        {% endif %}
    {% endfor %}
{%- endmacro %}


{% macro check_split_ratios(value) -%}
    {% set allowed = "use three numbers from 0 to 1 (train, val, test), of at most 9 "
        ~ "decimals, that sum to 1" %}
    {% if value is not sequence or value is string or value | length != 3 %}
        {% do reject_setting("split_ratios", value, allowed) %}
    {% endif %}
    {% set billionths = [] %}
    {% for ratio in value %}
        {% if not is_number(ratio) or ratio < 0 or ratio > 1
            or ("%.9f" | format(ratio) | float) != ratio %}
            {% do reject_setting("split_ratios", value, allowed) %}
        {% endif %}
        {% do billionths.append((ratio * 10 ** 9) | round | int) %}
    {% endfor %}
    {% if billionths | sum != 10 ** 9 %}
        {% do reject_setting("split_ratios", value, allowed) %}
    {% endif %}
{%- endmacro %}
