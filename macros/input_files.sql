{#- Reading the files a user gives: the events and, for split_method pinned, the splits.
    Everything is read as text; the models decide what it means. Nothing about a CSV is
    left to DuckDB's guessing but its line ends: it would skip rows to make a file fit. -#}

{% macro raw_events_path() -%}
    {{ return(setting("raw_events") or "seeds/sample_events.csv") }}
{%- endmacro %}


{% macro scan_file(path) -%}
    {%- if path.lower().endswith(".parquet") -%}
        read_parquet({{ literal(path) }}, union_by_name = true)
    {%- else -%}
        read_csv(
            {{ literal(path) }},
            header = true,
            delim = ',',
            quote = '"',
            escape = '"',
            skip = 0,
            comment = '',
            all_varchar = true,
            union_by_name = true
        )
    {%- endif -%}
{%- endmacro %}


{% macro text_column(column) -%}
    {%- if column is none -%} cast(null as varchar)
    {%- else -%} cast("{{ column | replace('"', '""') }}" as varchar)
    {%- endif -%}
{%- endmacro %}


{#- The input's column for one of ours, as text. -#}
{% macro input_column(name) -%}
    {{ text_column(input_columns()[name]) }}
{%- endmacro %}


{% macro check_file(name, path, columns, remedy) -%}
    {% set stop = exceptions.raise_compiler_error %}
    {% if not modules.re.search("(?i)[.](csv|csv[.]gz|parquet)$", path) %}
        {% do stop(name ~ ": '" ~ path ~ "' is not a kind of file that can be read; "
            ~ "use .csv, .csv.gz or .parquet") %}
    {% endif %}
    {% set found = run_query("select count(*) from glob(" ~ literal(path) ~ ")") %}
    {% if found.columns[0].values()[0] == 0 %}
        {% do stop(name ~ ": no file matches '" ~ path ~ "'; give a path or a glob, "
            ~ "absolute or relative to the project's folder") %}
    {% endif %}
    {% set empty = run_query(
        "select filename from read_blob(" ~ literal(path) ~ ") where size = 0"
    ).columns[0].values() %}
    {% if empty %}
        {% do stop(name ~ ": '" ~ empty[0] ~ "' is empty; give a file with a header "
            ~ "and rows") %}
    {% endif %}
    {% set present = run_query("describe select * from " ~ scan_file(path))
        .columns[0].values() %}
    {% set present_folded = present | map("lower") | list %}
    {% for column in columns if column is not none
        and column | lower not in present_folded %}
        {% do stop(name ~ ": '" ~ path ~ "' has no column '" ~ column ~ "'; it has "
            ~ present | join(", ") ~ " (separated by commas); " ~ remedy) %}
    {% endfor %}
{%- endmacro %}


{% macro check_raw_events() -%}
    {% if is_recorded_command() and is_selected("model.mooc_episodes.raw_events") %}
        {% do check_file("raw_events", raw_events_path(), input_columns().values(),
            "name yours in columns, or null for a watch_percentage or rating you lack")
        %}
    {% endif %}
    {% if is_recorded_command() and is_selected("model.mooc_episodes.user_splits")
        and setting("split_method") == "pinned" %}
        {% do check_file("pinned_splits", setting("pinned_splits"), ["user_id", "split"],
            "give both") %}
    {% endif %}
{%- endmacro %}
