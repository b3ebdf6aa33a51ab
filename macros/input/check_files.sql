{% macro check_input_files() -%}
    {% if is_recorded_command() and is_selected("model.mooc_episodes.raw_events") %}
        {% do _check_files("raw_events", raw_events_path(), setting("columns"),
            "name yours in columns, or null for a watch_percentage or rating you lack")
        %}
    {% endif %}
    {% if is_recorded_command() and is_selected("model.mooc_episodes.user_splits")
        and setting("split_method") == "pinned" %}
        {% do _check_files("pinned_splits", setting("pinned_splits"),
            {"user_id": "user_id", "split": "split"}, "give both") %}
    {% endif %}
{%- endmacro %}


{#- Stops unless every file at a path can be read. columns maps our names to the file's.
    -#}
{% macro _check_files(name, path, columns, remedy) -%}
    {% set stop = exceptions.raise_compiler_error %}
    {% if not modules.re.search("(?i)[.](csv|csv[.]gz|parquet)$", path) %}
        {% do stop(name ~ ": '" ~ path ~ "' has an unsupported file type; "
            ~ "use .csv, .csv.gz or .parquet") %}
    {% endif %}
    {% set found = run_query(
        "select path, bytes from (" ~ files_at(path) ~ ") as files order by path"
    ).rows %}
    {% if not found %}
        {% do stop(name ~ ": no file matches '" ~ path ~ "'; use a path or a glob, "
            ~ "absolute or relative to the project's folder"
            ~ ("; scripts/fetch.py " ~ var("dataset") ~ " downloads it there"
                if path.startswith("data/raw/mars/") else "")) %}
    {% endif %}
    {% for file, bytes in found if bytes == 0 %}
        {% do stop(name ~ ": '" ~ file ~ "' is empty; give a file with a header "
            ~ "and rows") %}
    {% endfor %}
    {#- one file at a time: across several, DuckDB fills a missing column with nulls and
        casts to the type of one of them -#}
    {% set seen = {} %}
    {% for file, _ in found %}
        {% do _check_file(name, file, columns, remedy, seen) %}
    {% endfor %}
{%- endmacro %}


{#- seen: for each column, the first type and its file. -#}
{% macro _check_file(name, file, columns, remedy, seen) -%}
    {% set stop = exceptions.raise_compiler_error %}
    {% set is_file = name ~ ": '" ~ file ~ "' " %}
    {% set one_file = modules.re.sub("([*?[])", "[\\1]", file) %}
    {% set types = {} %}
    {% set present = run_query("describe select * from " ~ scan_file(one_file)).rows %}
    {% for column in present %}
        {% do types.update({column[0] | lower: column[1]}) %}
    {% endfor %}
    {% set names = _file_column_names(one_file) %}
    {% if not is_parquet(file) and has_open_quote(one_file) %}
        {% do stop(is_file ~ "has an odd number of quotes, so one is unclosed; "
            ~ 'quote fields by " and write a quote within one as ""') %}
    {% endif %}
    {% for ours, column in columns.items() if column is not none %}
        {% if column | lower not in types %}
            {% do stop(is_file ~ "has no column '" ~ column ~ "'; it has "
                ~ present | map(attribute=0) | join(", ") ~ " (separated by commas); "
                ~ remedy) %}
        {% elif names.count(column | lower) > 1 %}
            {% do stop(is_file ~ "has more than one column '" ~ column
                ~ "' (upper and lower case are the same); rename all but one") %}
        {% endif %}
        {% set allowed = _allowed_types(ours) %}
        {% set type = _type_in_words(types[column | lower], allowed) %}
        {#- a column whose values are all null matches any type -#}
        {% if type != "nulls" %}
            {% set first = seen.setdefault(column, [type, file]) %}
            {% if type not in allowed %}
                {% do stop(is_file ~ "has a column '" ~ column ~ "' of type " ~ type
                    ~ "; write it as " ~ (
                        "double, int64 or timestamp, from the source of the file"
                        if type.startswith("FLOAT,") else allowed | join(" or "))) %}
            {% elif type != first[0] %}
                {% do stop(is_file ~ "has " ~ type ~ " in column '" ~ column ~ "', '"
                    ~ first[1] ~ "' has " ~ first[0] ~ "; write both as the same type") %}
            {% endif %}
        {% endif %}
    {% endfor %}
{%- endmacro %}
