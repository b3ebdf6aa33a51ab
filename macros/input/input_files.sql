{#- Reading the files a user gives: the events and, for split_method pinned, the splits.
    A CSV is read as text; the models decide what it means. Nothing about a CSV is
    left to DuckDB's guessing but its line ends: it would skip rows to make a file fit. -#}

{% macro raw_events_path() -%}
    {{ return(setting("raw_events") or "seeds/sample_events.csv") }}
{%- endmacro %}


{#- A name in the path (user_id=7/events.csv) is no column: DuckDB would put it in the
    place of the file's own. -#}
{% macro scan_file(path, header=true) -%}
    {{ adapter.dispatch("scan_file")(path, header) }}
{%- endmacro %}

{% macro duckdb__scan_file(path, header) -%}
    {%- if is_parquet(path) -%}
        read_parquet(
            {{ literal(path) }},
            union_by_name = true,
            hive_partitioning = false
        )
    {%- else -%}
        read_csv(
            {{ literal(path) }},
            header = {{ header | lower }},
            delim = ',',
            quote = '"',
            escape = '"',
            skip = 0,
            comment = '',
            all_varchar = true,
            strict_mode = true,
            null_padding = false,
            ignore_errors = false,
            union_by_name = true,
            hive_partitioning = false
        )
    {%- endif -%}
{%- endmacro %}

{#- Spark has no function that reads a CSV: a table is declared over the files. An empty
    field is null, quoted or not, as in DuckDB. -#}
{% macro spark__scan_file(path, header) -%}
    {%- if is_parquet(path) -%} parquet.{{ quoted(path) }}
    {%- else -%}
        {%- set files = api.Relation.create(
            schema=var("dataset"),
            identifier="csv_" ~ ("with" if header else "without") ~ "_header_"
                ~ local_md5(path)
        ) -%}
        {%- if execute -%}
            {%- do run_query("drop table if exists " ~ files) -%}
            {%- do run_query(
                "create table " ~ files ~ " using csv options ("
                ~ "path " ~ literal(absolute(path)) ~ ", header " ~ literal(header | lower)
                ~ ", quote '\"', escape '\"', multiLine 'true', mode 'FAILFAST'"
                ~ ", unescapedQuoteHandling 'RAISE_ERROR'"
                ~ ", enforceSchema 'false', inferSchema 'false')"
            ) -%}
        {%- endif -%}
        {{ files }}
    {%- endif -%}
{%- endmacro %}


{#- Spark would look for a declared table's files beside its own. -#}
{% macro absolute(path) -%}
    {% if modules.re.match("/|[a-z0-9]+:", path) %}
        {{ return(path) }}
    {% endif %}
    {{ return(run_query(
        "select reflect('java.lang.System', 'getProperty', 'user.dir')"
    ).columns[0].values()[0] ~ "/" ~ path) }}
{%- endmacro %}


{#- A name that may hold anything. -#}
{% macro quoted(name) -%}
    {%- set mark = adapter.quote("")[0] -%}
    {{ adapter.quote(name | replace(mark, mark ~ mark)) }}
{%- endmacro %}


{% macro is_parquet(path) -%}
    {{ return(path.lower().endswith(".parquet")) }}
{%- endmacro %}


{#- The input's column for one of ours. -#}
{% macro input_column(name) -%}
    {%- set column = input_columns()[name] -%}
    {%- if column is none -%} cast(null as string)
    {%- else -%} {{ quoted(column) }}
    {%- endif -%}
{%- endmacro %}


{#- A query for the files of a path or glob: path, bytes, modified_at_us. -#}
{% macro files_at(path) -%}
    {{ return(adapter.dispatch("files_at")(path)) }}
{%- endmacro %}

{% macro duckdb__files_at(path) -%}
    select
        filename as path,
        size as bytes,
        epoch_us(last_modified) as modified_at_us
    from read_blob({{ literal(path) }})
{%- endmacro %}

{% macro spark__files_at(path) -%}
    select
        regexp_replace(path, '^file:', '') as path,
        length as bytes,
        unix_micros(modificationTime) as modified_at_us
    from binaryFile.{{ quoted(path) }}
{%- endmacro %}


{#- A query for the names of a Parquet file's columns. -#}
{% macro parquet_names(file) -%}
    {{ return(adapter.dispatch("parquet_names")(file)) }}
{%- endmacro %}

{% macro duckdb__parquet_names(file) -%}
    select path_in_schema
    from parquet_metadata({{ literal(file) }})
    where row_group_id = 0
{%- endmacro %}

{% macro spark__parquet_names(file) -%}
    describe select * from {{ scan_file(file) }}
{%- endmacro %}


{#- Stop where a path cannot be read whole. columns: the file's column for each of ours. -#}
{% macro check_file(name, path, columns, remedy) -%}
    {% set stop = exceptions.raise_compiler_error %}
    {% if not modules.re.search("(?i)[.](csv|csv[.]gz|parquet)$", path) %}
        {% do stop(name ~ ": '" ~ path ~ "' is not a kind of file that can be read; "
            ~ "use .csv, .csv.gz or .parquet") %}
    {% endif %}
    {% set found = run_query(
        "select path, bytes from (" ~ files_at(path) ~ ") as files order by path"
    ).rows %}
    {% set files = found | map(attribute=0) | list %}
    {% if not files %}
        {% do stop(name ~ ": no file matches '" ~ path ~ "'; give a path or a glob, "
            ~ "absolute or relative to the project's folder"
            ~ ("; scripts/fetch.py " ~ var("dataset") ~ " downloads it there"
                if path.startswith("data/raw/mars/") else "")) %}
    {% endif %}
    {% for file, bytes in found if bytes == 0 %}
        {% do stop(name ~ ": '" ~ file ~ "' is empty; give a file with a header "
            ~ "and rows") %}
    {% endfor %}
    {#- each file by itself: of several, DuckDB fills with null a column that one lacks,
        and casts to the type that one has -#}
    {% set kinds = {} %}
    {% for file in files %}
        {% do check_columns_of_file(name, file, columns, remedy, kinds) %}
    {% endfor %}
{%- endmacro %}


{#- kinds: of each column, the kind and file met first. -#}
{% macro check_columns_of_file(name, file, columns, remedy, kinds) -%}
    {% set stop = exceptions.raise_compiler_error %}
    {% set is_file = name ~ ": '" ~ file ~ "' " %}
    {% set one_file = modules.re.sub("([*?[])", "[\\1]", file) %}
    {% set types = {} %}
    {% set present = run_query("describe select * from " ~ scan_file(one_file)).rows %}
    {% for column in present %}
        {% do types.update({column[0] | lower: column[1]}) %}
    {% endfor %}
    {% set names = file_column_names(one_file) %}
    {% if not is_parquet(file) and has_open_quote(one_file) %}
        {% do stop(is_file ~ "has an odd number of quotes, so one is not closed; "
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
        {% set allowed = allowed_kinds(ours) %}
        {% set kind = kind_of_type(types[column | lower], allowed) %}
        {#- a part whose values are all null fits any other -#}
        {% if kind != "nulls" %}
            {% set first = kinds.setdefault(column, [kind, file]) %}
            {% if kind not in allowed %}
                {% do stop(is_file ~ "has a column '" ~ column ~ "' of type " ~ kind
                    ~ "; write it as " ~ allowed | join(" or ")) %}
            {% elif kind != first[0] %}
                {% do stop(is_file ~ "has " ~ kind ~ " in column '" ~ column ~ "', '"
                    ~ first[1] ~ "' has " ~ first[0] ~ "; write both alike") %}
            {% endif %}
        {% endif %}
    {% endfor %}
{%- endmacro %}


{#- Spark's parser lets a last field whose quote is not closed run to the file's end, over
    all rows to come; DuckDB's refuses it. -#}
{% macro has_open_quote(file) -%}
    {{ return(adapter.dispatch("has_open_quote")(file)) }}
{%- endmacro %}

{% macro duckdb__has_open_quote(file) -%}
    {{ return(false) }}
{%- endmacro %}

{% macro spark__has_open_quote(file) -%}
    {{ return(run_query(
        "select sum(length(value) - length(replace(value, '\"', ''))) % 2"
        ~ " from text." ~ quoted(file)
    ).columns[0].values()[0] == 1) }}
{%- endmacro %}


{#- The names as they stand in a file, folded: DuckDB calls the second of two user_id
    user_id_1. Of a Parquet file without rows, none. -#}
{% macro file_column_names(file) -%}
    {% if is_parquet(file) %}
        {% set names = run_query(parquet_names(file)).columns[0].values() %}
    {% else %}
        {% set names = run_query(
            "select * from " ~ scan_file(file, header=false) ~ " limit 1"
        ).rows[0].values() %}
    {% endif %}
    {{ return(names | map("default", "", true) | map("trim") | map("lower") | list) }}
{%- endmacro %}


{#- What a Parquet column may hold, by our name for it. A CSV's is always text. -#}
{% macro allowed_kinds(name) -%}
    {{ return({
        "user_id": ["text", "whole numbers"],
        "item_id": ["text", "whole numbers"],
        "created_at": ["text", "numbers", "times"],
        "watch_percentage": ["text", "numbers"],
        "rating": ["text", "numbers"],
        "split": ["text"],
    }[name]) }}
{%- endmacro %}


{#- The kind of a type, or the type itself where it is of none. -#}
{% macro kind_of_type(type, allowed) -%}
    {% set called, matches = type | upper, modules.re.fullmatch %}
    {% if matches('"NULL"|VOID', called) %} {{ return("nulls") }}
    {% elif matches("VARCHAR|STRING|ENUM.*|UUID", called) %} {{ return("text") }}
    {% elif matches("U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|INT|DECIMAL.*,0.", called) %}
        {{ return("whole numbers" if "whole numbers" in allowed else "numbers") }}
    {% elif matches("FLOAT|DOUBLE|DECIMAL.*", called) and "numbers" in allowed %}
        {{ return("numbers") }}
    {% elif matches("DATE|TIMESTAMP.*", called) %} {{ return("times") }}
    {% else %} {{ return(type) }}
    {% endif %}
{%- endmacro %}


{% macro check_raw_events() -%}
    {% if is_recorded_command() and is_selected("model.mooc_episodes.raw_events") %}
        {% do check_file("raw_events", raw_events_path(), input_columns(),
            "name yours in columns, or null for a watch_percentage or rating you lack")
        %}
    {% endif %}
    {% if is_recorded_command() and is_selected("model.mooc_episodes.user_splits")
        and setting("split_method") == "pinned" %}
        {% do check_file("pinned_splits", setting("pinned_splits"),
            {"user_id": "user_id", "split": "split"}, "give both") %}
    {% endif %}
{%- endmacro %}
