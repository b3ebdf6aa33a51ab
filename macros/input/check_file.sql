{% macro check_file(name, file, bytes, csv, used, seen) -%}
    {% set stop = exceptions.raise_compiler_error %}
    {% set is_file, one_file = name ~ ": '" ~ file ~ "' ", only_file(file) %}
    {% set kind, csv = file_kind(file), csv_format(file, csv) %}
    {% do stop_if_not_text(is_file, name, file, bytes, csv) %}
    {% set lines = [] if kind == "parquet" else sample_lines(is_file, one_file) %}
    {% if kind == "json" %}
        {% do _check_json(is_file, one_file, lines, used) %}
    {% else %}
        {% if kind == "csv" %}
            {% do stop_if_written_otherwise(is_file, lines, csv, used) %}
            {% do stop_at_bad_row(is_file, one_file, lines, csv) %}
            {% if csv.quote and has_open_quote(one_file) %}
                {% do stop(is_file ~ "has an odd number of quotes, so one is unclosed; "
                    ~ "quote fields by " ~ csv.quote ~ " and write a quote within one as "
                    ~ csv.escape ~ csv.quote) %}
            {% endif %}
        {% endif %}
        {% set present = described(scan_file(one_file, csv)) %}
        {% set names = present | map(attribute=0) | map("lower") | list
            if kind == "csv" and not csv.header else _file_column_names(one_file, csv) %}
        {% if name == "raw_events" and "filename" in names
            and setting("columns").user_id == "filename" %}
            {% do stop(is_file ~ "has a column 'filename', so columns: {user_id: filename} "
                ~ "can mean two things; set columns: {user_id: {filename: '(.*)'}} for the "
                ~ "file's name, or rename the column to use it") %}
        {% endif %}
        {% do check_columns(is_file, file, present, names, used, seen) %}
    {% endif %}
{%- endmacro %}


{% macro _check_json(is_file, file, lines, used) -%}
    {% set stop = exceptions.raise_compiler_error %}
    {% if not lines[0].lstrip().startswith("{") %}
        {% do stop(is_file ~ "is not JSON lines: line 1 is " ~ shown(lines[0])
            ~ "; write one object per line, such as {\"user_id\": 7, …}, without [ and ] "
            ~ "around them") %}
    {% endif %}
    {% set keys = run_query(json_keys(file)).columns[0].values() %}
    {% set lacking = [] %}
    {% for ours, column in used
        if column not in keys and column.split(".")[0] not in keys %}
        {% do lacking.append([ours, column]) %}
    {% endfor %}
    {% if lacking %}
        {% do stop(is_file ~ _has_no(lacking) ~ " in its first 10000 lines; they have "
            ~ _listed(keys) ~ " (upper and lower case differ); "
            ~ _remedy(used, lacking)) %}
    {% endif %}
    {% set found = {} %}
    {% for ours, column in used if "." in column and column not in keys %}
        {% do _check_objects(is_file, file, used, ours, column.split("."), found) %}
    {% endfor %}
{%- endmacro %}


{#- found: the keys of the objects looked at. -#}
{% macro _check_objects(is_file, file, used, ours, parts, found) -%}
    {% for part in parts[1:] %}
        {% set object = parts[:loop.index] | join(".") %}
        {% if object not in found %}
            {% do found.update({object: run_query(
                json_keys(file, parts[:loop.index])
            ).columns[0].values()}) %}
        {% endif %}
        {% set keys, column = found[object], parts | join(".") %}
        {% if part not in keys %}
            {% do exceptions.raise_compiler_error(is_file ~ "has no key '" ~ part
                ~ "' in '" ~ object ~ "', for column '" ~ column ~ "', in its first "
                ~ "10000 lines; '" ~ object ~ "' " ~ (
                    "has " ~ _listed(keys) ~ " (upper and lower case differ)" if keys
                    else "is not an object there"
                ) ~ "; " ~ _remedy(used, [[ours, column]])) %}
        {% endif %}
    {% endfor %}
{%- endmacro %}


{% macro _has_no(columns) -%}
    {{ return("has no column" ~ ("s" if columns | length > 1 else "") ~ " '"
        ~ columns | map(attribute=1) | unique(true) | join("', '") ~ "'") }}
{%- endmacro %}


{% macro _listed(names) -%}
    {{ return(names | join(", ") | truncate(300)) }}
{%- endmacro %}


{% macro check_columns(is_file, file, present, names, used, seen) -%}
    {% set stop = exceptions.raise_compiler_error %}
    {% set all_names, taken = present | map(attribute=0) | list, {} %}
    {% set found, lacking = [], [] %}
    {% for ours, column in used %}
        {% set actual = all_names[column - 1:column] if column is number
            else matching_columns(column, all_names) %}
        {% if actual %}
            {% do found.append([ours, column, actual]) %}
        {% elif column is number %}
            {% do stop(is_file ~ "has no column " ~ column ~ "; its rows have "
                ~ all_names | length ~ " fields; " ~ _remedy(used, [[ours, column]])) %}
        {% else %}
            {% do lacking.append([ours, column]) %}
        {% endif %}
    {% endfor %}
    {% for ours, column, actual in found %}
        {% if actual | length > 1 or names.count(actual[0] | lower) > 1 %}
            {% do stop(is_file ~ "has more than one column '" ~ column
                ~ "' (upper and lower case are the same); rename all but one") %}
        {% elif actual[0] in taken %}
            {% do stop(is_file ~ "has one column '" ~ column ~ "' for "
                ~ _two_of_ours(taken[actual[0]], ours, column)) %}
        {% endif %}
        {% do taken.update({actual[0]: ours}) %}
        {% set as_written = seen.setdefault("name of " ~ column, [actual[0] | lower, file])
        %}
        {% if as_written[0] != actual[0] | lower %}
            {% do stop(is_file ~ "has a column '" ~ actual[0] ~ "', '" ~ as_written[1]
                ~ "' has '" ~ as_written[0] ~ "'; write both alike") %}
        {% endif %}
        {% set type = present[all_names.index(actual[0])][1] %}
        {% do _check_type(is_file, file, ours, column, type, seen) %}
    {% endfor %}
    {% if lacking %}
        {% do stop(is_file ~ _has_no(lacking) ~ "; it has " ~ _listed(all_names) ~ "; "
            ~ _remedy(used, lacking)) %}
    {% endif %}
{%- endmacro %}


{% macro _two_of_ours(first, second, column) -%}
    {% if first != second %}
        {{ return("two of ours, " ~ first ~ " and " ~ second ~ "; give each its own in "
            ~ "columns") }}
    {% endif %}
    {% set columns = setting("columns") %}
    {% do columns.update(created_at=column) %}
    {{ return("both date and time; set " ~ to_paste("columns", columns)) }}
{%- endmacro %}


{% macro _check_type(is_file, file, ours, column, type, seen) -%}
    {% set stop = exceptions.raise_compiler_error %}
    {% set allowed = _allowed_types(ours) %}
    {% set type = _type_in_words(type, allowed) %}
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
{%- endmacro %}


{#- To paste: what `columns` says now, with null for what the file may lack and does. -#}
{% macro _remedy(used, lacking) -%}
    {% if ["split", "split"] in used %}
        {{ return("give both") }}
    {% endif %}
    {% set columns, absent = setting("columns"), lacking | map(attribute=0) | list %}
    {% if absent | reject("in", ["watch_percentage", "rating"]) | list %}
        {{ return("name yours in columns, or null for a watch_percentage or rating you "
            ~ "lack") }}
    {% endif %}
    {% do columns.update(dict.fromkeys(absent)) %}
    {{ return("name yours in columns, or, if there is none, set "
        ~ to_paste("columns", columns)) }}
{%- endmacro %}


{#- Read without a header: DuckDB would rename the second of two user_id to user_id_1.
    None for a Parquet file without rows. -#}
{% macro _file_column_names(file, csv) -%}
    {% if is_parquet(file) %}
        {% set names = run_query(parquet_names(file)).columns[0].values() %}
    {% else %}
        {% set names = run_query(
            "select * from " ~ scan_file(file, dict(csv, header=false)) ~ " limit 1"
        ).rows[0].values() %}
    {% endif %}
    {{ return(names | map("default", "", true) | map("trim") | map("lower") | list) }}
{%- endmacro %}


{#- The allowed types of each Parquet column, by our name. A CSV's is always text. -#}
{% macro _allowed_types(name) -%}
    {{ return({
        "user_id": ["text", "whole numbers"],
        "item_id": ["text", "whole numbers"],
        "created_at": ["text", "numbers", "times"],
        "date and time": ["text", "times", "times of day"],
        "watch_percentage": ["text", "numbers"],
        "rating": ["text", "numbers"],
        "split": ["text"],
    }[name]) }}
{%- endmacro %}


{#- In the terms of _allowed_types; the type itself if none applies. -#}
{% macro _type_in_words(type, allowed) -%}
    {% set called, matches = type | upper, modules.re.fullmatch %}
    {% if matches('"NULL"|VOID', called) %} {{ return("nulls") }}
    {% elif matches("VARCHAR|STRING|ENUM.*|UUID", called) %} {{ return("text") }}
    {% elif matches("U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|INT|DECIMAL.*,0.", called) %}
        {{ return("whole numbers" if "whole numbers" in allowed else "numbers") }}
    {#- 24 bits: a time of today would be off by up to a minute, as it was written -#}
    {% elif called == "FLOAT" and "times" in allowed %}
        {{ return("FLOAT, which has lost digits of the time") }}
    {% elif matches("FLOAT|DOUBLE|DECIMAL.*", called) and "numbers" in allowed %}
        {{ return("numbers") }}
    {% elif matches("DATE|TIMESTAMP.*", called) %} {{ return("times") }}
    {% elif called == "TIME" and "times of day" in allowed %} {{ return("times of day") }}
    {% else %} {{ return(type) }}
    {% endif %}
{%- endmacro %}
