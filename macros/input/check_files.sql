{% macro check_input_files() -%}
    {% if is_recorded_command() and is_selected("model.mooc_episodes.raw_events")
        and not is_relation() %}
        {% do check_files("raw_events", raw_events_path(), setting("csv"), used_columns())
        %}
        {% do _check_file_names() %}
    {% endif %}
    {% if is_recorded_command() and is_selected("model.mooc_episodes.user_splits")
        and setting("split_method") == "pinned" %}
        {% do check_files("pinned_splits", setting("pinned_splits"), default_csv(),
            [["user_id", "user_id"], ["split", "split"]]) %}
    {% endif %}
    {% if is_recorded_command() and is_selected("model.mooc_episodes.vocab")
        and setting("pinned_vocab") %}
        {% do _check_pinned_vocab() %}
    {% endif %}
    {% if is_recorded_command() and is_selected("model.mooc_episodes.stg_items")
        and setting("items") %}
        {% do check_items() %}
    {% endif %}
{%- endmacro %}


{#- Stops unless the file numbers courses of our type from 0. -#}
{% macro _check_pinned_vocab() -%}
    {% set stop, path = exceptions.raise_compiler_error, setting("pinned_vocab") %}
    {% set is_file = "pinned_vocab: '" ~ path ~ "' " %}
    {% set remedy = "name the vocab/course2id.json of a published folder" %}
    {% if paths_at(path, 2) | length != 1 %}
        {% do stop(is_file ~ "is not one file; " ~ remedy) %}
    {% endif %}
    {% set courses = "(" ~ pinned_courses() ~ ") as courses" %}
    {% if run_query("select count(*) from " ~ courses).columns[0].values()[0] == 0 %}
        {% do stop(is_file ~ "is not a JSON object from course to number, or has no "
            ~ "course; " ~ remedy) %}
    {% endif %}
    {% set type = setting("item_id_type") %}
    {% for course in run_query("select course_given from " ~ courses
        ~ " where course_id is null order by course_given limit 1").columns[0].values() %}
        {% do stop(is_file ~ "has a course " ~ in_quotes(course) ~ ", which is not of "
            ~ "item_id_type " ~ type ~ "; " ~ remedy ~ " of the same item_id_type") %}
    {% endfor %}
    {% for course, id in run_query("select course_given, item_given from (select *, "
        ~ "row_number() over (order by item_id nulls first, course_id) - 1 as number, "
        ~ "count(*) over (partition by course_id) as n_same from " ~ courses
        ~ ") as numbered where item_id is distinct from number or n_same > 1 "
        ~ "order by number limit 1").rows %}
        {% do stop(is_file ~ "has a course " ~ in_quotes(course) ~ " with id " ~ id
            ~ "; every course must be there once, and the ids must be 0, 1, 2 …, each "
            ~ "once; " ~ remedy) %}
    {% endfor %}
{%- endmacro %}


{% macro check_files(name, path, csv, used) -%}
    {% set stop = exceptions.raise_compiler_error %}
    {% set path = path if file_kind(path) else _glob_of_folder(name, path) %}
    {% if path.lower().endswith(".zst") and not reads_zstd() %}
        {% do stop(name ~ ": '" ~ path ~ "' cannot be read on Spark; compress it with gzip "
            ~ "(.gz), or build on DuckDB") %}
    {% endif %}
    {% set n_files, empty = run_query(
        "select count(*), min(case when bytes = 0 then path end) from ("
        ~ files_at(path) ~ ") as files"
    ).rows[0] %}
    {% if n_files == 0 %}
        {% do _stop_for_no_file(name, path) %}
    {% elif empty %}
        {% do stop(name ~ ": '" ~ empty ~ "' is empty; give a file with "
            ~ ("a header and " if csv.header and file_kind(path) == "csv" else "")
            ~ "rows") %}
    {% endif %}
    {#- one file at a time: across several, DuckDB fills a missing column with nulls and
        casts to the type of one of them -#}
    {% set seen = {} %}
    {% for file, bytes in _files_to_check(path, n_files, csv, used) %}
        {% do check_file(name, file, bytes, csv, used, seen) %}
    {% endfor %}
    {% if file_kind(path) == "csv" and csv.quote %}
        {% do _stop_at_open_quote(name, path, csv) %}
    {% endif %}
{%- endmacro %}


{% macro _stop_at_open_quote(name, path, csv) -%}
    {% for file in run_query(
        "select path from (" ~ files_with_open_quotes(path, csv) ~ ") as files order by path"
    ).columns[0].values() %}
        {% set is_file = name ~ ": '" ~ file ~ "' " %}
        {% set lines = sample_lines(is_file, only_file(file)) %}
        {% do stop_at_bad_row(
            is_file, only_file(file), lines, csv_format(file, csv), every_row=true
        ) %}
    {% endfor %}
{%- endmacro %}


{#- Of many files the first of each kind: each takes several queries. A bad row in another
    is found when it is read. -#}
{% macro _files_to_check(path, n_files, csv, used) -%}
    {% set files = files_at(path) if n_files <= few_files()
        else "select min(path) as path, min_by(bytes, path) as bytes from ("
            ~ kinds_of_files(path, csv, used) ~ ") as files group by kind" %}
    {{ return(run_query(
        "select path, bytes from (" ~ files ~ ") as files order by path"
    ).rows) }}
{%- endmacro %}


{% macro few_files() -%}
    {{ return(100) }}
{%- endmacro %}


{#- A path without a known ending is a folder, whose files are of one kind. -#}
{% macro _glob_of_folder(name, path) -%}
    {% set stop = exceptions.raise_compiler_error %}
    {% if paths_at(path, 1) %}
        {% do stop(name ~ ": '" ~ path ~ "' has an unsupported file type; use "
            ~ kinds() ~ " (a glob ends in one of them)") %}
    {% endif %}
    {% set folder = modules.re.sub("/+$", "", path) %}
    {% set endings = endings_in(folder) | map("default", "others", true) | list %}
    {% if not endings %}
        {% do _stop_for_no_file(name, path) %}
    {% elif endings == ["others"] %}
        {% do stop(name ~ ": the folder '" ~ path ~ "' has no file of a supported type; "
            ~ "use " ~ kinds()) %}
    {% elif endings | length > 1 %}
        {% set known = endings | reject("equalto", "others") | list %}
        {% do stop(name ~ ": the folder '" ~ path ~ "' has files of several kinds ("
            ~ endings | join(", ") ~ "); name those to read, such as '"
            ~ glob_in(folder, known[0]) ~ "', or move the others away") %}
    {% endif %}
    {{ return(glob_in(folder, endings[0])) }}
{%- endmacro %}


{% macro kinds() -%}
    {{ return(".csv, .tsv, .txt, .dat, .inter, .jsonl or .ndjson (each also with .gz or "
        ~ ".zst), or .parquet") }}
{%- endmacro %}


{% macro _stop_for_no_file(name, path) -%}
    {% do exceptions.raise_compiler_error(name ~ ": no file matches '" ~ path
        ~ "'; use a path, a glob or a folder, absolute or relative to the project's folder"
        ~ ("; scripts/fetch.py " ~ var("dataset") ~ " downloads it there"
            if path.startswith("data/raw/mars/") else "")) %}
{%- endmacro %}


{#- Where the user is in the file's name, each name must have one. -#}
{% macro _check_file_names() -%}
    {% set pattern = file_name_pattern("user_id") %}
    {% if pattern %}
        {% set unmatched = run_query(
            "select path from (" ~ files_at(input_path()) ~ ") as files where "
            ~ user_in_file_name("path") ~ " = '' order by path limit 1"
        ).rows %}
        {% for file in unmatched %}
            {% do exceptions.raise_compiler_error("raw_events: '" ~ file[0]
                ~ "' has no user in its name: without folder and ending it does not match "
                ~ "the whole pattern '" ~ pattern ~ "'; change the pattern in columns: "
                ~ "{user_id: {filename: '" ~ pattern ~ "'}} or leave the file out") %}
        {% endfor %}
    {% endif %}
{%- endmacro %}
