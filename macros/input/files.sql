{% macro raw_events_path() -%}
    {{ return(setting("raw_events") or "seeds/sample_events.csv") }}
{%- endmacro %}


{% macro is_relation() -%}
    {{ return(raw_events_path().startswith("relation:")) }}
{%- endmacro %}


{% macro file_kind(path) -%}
    {% set ending = file_ending(path) | lower %}
    {% if ending == ".parquet" %} {{ return("parquet") }}
    {% elif modules.re.match("[.](jsonl|ndjson)", ending) %} {{ return("json") }}
    {% elif ending %} {{ return("csv") }}
    {% endif %}
    {{ return(none) }}
{%- endmacro %}


{% macro file_ending(path) -%}
    {% set found = modules.re.search("(?i)" ~ endings() ~ "$", path) %}
    {{ return(found.group() if found else "") }}
{%- endmacro %}


{% macro endings() -%}
    {{ return("[.]((csv|tsv|txt|dat|inter|jsonl|ndjson)([.](gz|zst))?|parquet)") }}
{%- endmacro %}


{% macro is_parquet(path) -%}
    {{ return(file_kind(path) == "parquet") }}
{%- endmacro %}


{#- A folder's kind is known once its files are. -#}
{% macro is_csv_input() -%}
    {{ return(not is_relation() and file_kind(raw_events_path()) not in ["json", "parquet"])
    }}
{%- endmacro %}


{#- A folder becomes the glob of most files' ending; check_input_files makes sure that
    all have it. -#}
{% macro input_path() -%}
    {% set path = raw_events_path() %}
    {% if is_recorded_command() and file_kind(path) is none %}
        {% set folder = modules.re.sub("/+$", "", path) %}
        {% for ending in endings_in(folder) if ending %}
            {{ return(glob_in(folder, ending)) }}
        {% endfor %}
    {% endif %}
    {{ return(path) }}
{%- endmacro %}


{#- Up to a limit: there may be a million. -#}
{% macro paths_at(path, limit) -%}
    {{ return(run_query(
        "select path from (" ~ files_at(path) ~ ") as files order by path limit " ~ limit
    ).columns[0].values()) }}
{%- endmacro %}


{#- Of the files that are not hidden. -#}
{% macro endings_in(folder) -%}
    {{ return(run_query(
        "select regexp_extract(path, " ~ literal("(?i)" ~ endings() ~ "$") ~ ", 0) as ending"
        ~ " from (" ~ files_at(folder ~ "/*") ~ ") as files where not " ~ _is_hidden()
        ~ " group by ending order by count(*) desc, min(path)"
    ).columns[0].values()) }}
{%- endmacro %}


{#- Spark's globs leave hidden files out, DuckDB's do not. -#}
{% macro glob_in(folder, ending) -%}
    {% set hidden = run_query("select count(*) from (" ~ files_at(folder ~ "/*" ~ ending)
        ~ ") as files where " ~ _is_hidden()).columns[0].values()[0] %}
    {{ return(folder ~ ("/[!.]*" if hidden else "/*") ~ ending) }}
{%- endmacro %}


{% macro _is_hidden() -%}
    {{ return("(regexp_extract(path, " ~ literal("/([.])[^/]*$") ~ ", 1) = '.')") }}
{%- endmacro %}


{#- DuckDB's globs cannot match a backslash, but a name without wildcards need not be a
    glob. -#}
{% macro only_file(file) -%}
    {{ return(file if "\\" in file else modules.re.sub("([*?[])", "[\\1]", file)) }}
{%- endmacro %}


{% macro csv_format(path, given) -%}
    {% set format = dict(given) %}
    {% if format.delimiter is none %}
        {% set is_tabbed = modules.re.match("(?i)[.](tsv|inter)", file_ending(path)) %}
        {% do format.update(delimiter="\t" if is_tabbed else ",") %}
    {% endif %}
    {{ return(format) }}
{%- endmacro %}


{% macro default_csv() -%}
    {{ return(var("presets")["sample"]["csv"]) }}
{%- endmacro %}
