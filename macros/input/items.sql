{#- Which column of the `items` file is what; courses are joined on one of them. -#}

{% macro items_columns() -%}
    {% set columns, names = [], _items_names() %}
    {% for given in names %}
        {% set is_taken = given | lower in _items_taken_names() %}
        {% do columns.append({
            "source": quoted(_items_sources(names)[loop.index0]),
            "name": given ~ ("_given" if is_taken else ""),
            "is_course": loop.index0 == _course_place(names),
        }) %}
    {% endfor %}
    {{ return(columns) }}
{%- endmacro %}


{#- Names of our columns in items.parquet, and of the one that DuckDB adds when it numbers
    a file's rows. -#}
{% macro _items_taken_names() -%}
    {{ return(["item_id", "course_id", "first_ts_epoch", "n_train_users",
        "n_train_events", "file_row_number"]) }}
{%- endmacro %}


{% macro scan_items() -%}
    {{ scan_file(setting("items"), setting("csv"), _items_sources(_items_names())) }}
{%- endmacro %}


{#- column_<number> where the file gives no name. -#}
{% macro _items_names() -%}
    {% set path, csv, names = setting("items"), setting("csv"), [] %}
    {% if not is_recorded_command() or path is none %}
        {{ return([]) }}
    {% endif %}
    {% if file_kind(path) == "json" %}
        {{ return(run_query(json_keys(only_file(path))).columns[0].values() | list) }}
    {% endif %}
    {% set has_names = file_kind(path) == "parquet" or csv.header %}
    {% set written = _file_column_names(only_file(path), csv)
        if file_kind(path) == "csv" and has_names else none %}
    {% for column in described(scan_file(only_file(path), csv)) %}
        {% set has_name = has_names and (written is none or written[loop.index0]) %}
        {% do names.append(column[0] if has_name else "column_" ~ loop.index) %}
    {% endfor %}
    {{ return(names) }}
{%- endmacro %}


{#- The engine's names for them. -#}
{% macro _items_sources(names) -%}
    {% set path, csv, sources = setting("items"), setting("csv"), [] %}
    {% if file_kind(path) == "csv" and csv.header %}
        {{ return(described(scan_file(only_file(path), csv)) | map(attribute=0) | list) }}
    {% elif file_kind(path) == "csv" %}
        {% for _ in names %}
            {% do sources.append(column_by_number(loop.index)) %}
        {% endfor %}
        {{ return(sources) }}
    {% endif %}
    {{ return(names) }}
{%- endmacro %}


{#- Without a header the first column is the course. -#}
{% macro _course_place(names) -%}
    {% if file_kind(setting("items")) == "csv" and not setting("csv").header %}
        {{ return(0) }}
    {% endif %}
    {% for known in _course_names() if matching_columns(known, names) %}
        {{ return(names.index(matching_columns(known, names)[0])) }}
    {% endfor %}
    {{ return(none) }}
{%- endmacro %}


{% macro _course_names() -%}
    {% set ours = setting("columns").item_id %}
    {% set others = ["item_id", "course_id"] | reject("equalto", ours) | list %}
    {{ return(([ours] if ours is string else []) + others) }}
{%- endmacro %}


{% macro check_items() -%}
    {% set stop, path = exceptions.raise_compiler_error, setting("items") %}
    {% set is_file = "items: '" ~ path ~ "' " %}
    {% if file_kind(path) is none or paths_at(path, 2) | length > 1 %}
        {% do stop(is_file ~ "is not one file; name one that ends in " ~ kinds()) %}
    {% endif %}
    {% do check_files("items", path, setting("csv"), []) %}
    {% set names, seen = _items_names(), [] %}
    {#- DuckDB would rename the second of two -#}
    {% set written = _file_column_names(only_file(path), setting("csv"))
        if file_kind(path) == "csv" and setting("csv").header else [] %}
    {% for name in written if name and written.count(name) > 1 %}
        {% do _stop_for_items_twice(is_file, name) %}
    {% endfor %}
    {% if _course_place(names) is none %}
        {% do stop(is_file ~ "has no column '" ~ _course_names() | join("' or '")
            ~ "' with the courses; it has " ~ _listed(names)
            ~ "; rename its column of courses to " ~ _course_names()[0]) %}
    {% endif %}
    {% for name in items_columns() | rejectattr("is_course") | map(attribute="name") %}
        {% if name | lower in seen %}
            {% do _stop_for_items_twice(is_file, name) %}
        {% endif %}
        {% do seen.append(name | lower) %}
    {% endfor %}
    {% set course = (items_columns() | selectattr("is_course") | list)[0] %}
    {% set twice = run_query(
        "select course_id, count(*) over () from (select "
        ~ parse_id(course.source, setting("item_id_type")) ~ " as course_id from "
        ~ scan_items() ~ ") as items where course_id is not null "
        ~ "group by course_id having count(*) > 1 order by course_id limit 5"
    ).rows %}
    {% if twice %}
        {% do stop(is_file ~ "has " ~ twice[0][1] ~ " courses more than once, among them "
            ~ twice | map(attribute=0) | join(", ") ~ "; keep one row of each") %}
    {% endif %}
{%- endmacro %}


{% macro _stop_for_items_twice(is_file, name) -%}
    {% do exceptions.raise_compiler_error(is_file ~ "has more than one column '" ~ name
        ~ "' (upper and lower case are the same, and _given is added to names of our own "
        ~ "columns); rename all but one") %}
{%- endmacro %}
