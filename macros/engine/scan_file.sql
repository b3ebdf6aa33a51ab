{#- A CSV and JSON lines are read as text; the models decide what it means. DuckDB only
    detects the line ends of a CSV: detecting more, it would skip rows to make a file fit.
    A name in the path (user_id=7/events.csv) is not a column: DuckDB would use it in
    place of the file's. Matching columns by name it opens all CSVs at the same time, more
    than most systems permit: files that are alike need not be matched. -#}
{% macro scan_file(path, csv, fields=[], path_as=none, are_alike=false) -%}
    {{ adapter.dispatch("scan_file")(
        path, csv_format(path, csv), fields, path_as, are_alike
    ) }}
{%- endmacro %}

{% macro duckdb__scan_file(path, csv, fields, path_as, are_alike) -%}
    {%- if is_parquet(path) -%}
        read_parquet(
            {{ literal(path) }},
    {%- elif file_kind(path) == "json" -%}
        read_json(
            {{ literal(path) }},
            format = 'newline_delimited',
            columns = { {%- for field in fields or ["_"] -%}
                {{ literal(field) }}: 'VARCHAR' {{- ", " if not loop.last }}
            {%- endfor -%} },
    {%- else -%}
        read_csv(
            {{ literal(path) }},
            {{ _csv_options(csv) }},
            header = {{ csv.header | lower }},
            {% if fields and not csv.header -%}
                names = [{% for field in fields -%}
                    {{ literal(field) }} {{- ", " if not loop.last }}
                {%- endfor %}],
            {% endif -%}
            all_varchar = true,
            strict_mode = true,
            null_padding = false,
            ignore_errors = false,
    {%- endif %}
            {% if path_as -%} filename = {{ literal(path_as) }}, {%- endif %}
            union_by_name = {{ (not are_alike) | lower }},
            hive_partitioning = false
        )
{%- endmacro %}

{#- A line may have 16 MB: in a tracking log some have more than DuckDB's usual 2 MB. -#}
{% macro _csv_options(csv) -%}
    delim = {{ literal(csv.delimiter) }},
    quote = {{ literal(csv.quote) }},
    escape = {{ literal(csv.escape) }},
    skip = 0,
    comment = '',
    max_line_size = 16000000,
    buffer_size = 32000000
{%- endmacro %}

{#- Spark has no function that reads text files, so declare a table over the files. An
    empty field is null, quoted or not, as in DuckDB. -#}
{% macro spark__scan_file(path, csv, fields, path_as, are_alike) -%}
    {%- if path_as -%}
        (
            select
                *,
                regexp_replace(
                    url_decode(replace(input_file_name(), '+', '%2B')), '^file:/*', '/'
                ) as {{ path_as }}
            from {{ _spark_relation(path, csv) }}
        ) as files
    {%- else -%} {{ _spark_relation(path, csv) }}
    {%- endif -%}
{%- endmacro %}

{% macro _spark_relation(path, csv) -%}
    {%- if is_parquet(path) -%} parquet.{{ quoted(path) }}
    {%- else -%}
        {%- if file_kind(path) == "json" -%}
            {%- set read_as = "using json options (primitivesAsString 'true'" -%}
        {%- else -%}
            {%- set read_as = "using csv options (header " ~ literal(csv.header | lower)
                ~ ", sep " ~ literal(csv.delimiter) ~ ", quote " ~ literal(csv.quote)
                ~ ", escape " ~ literal(csv.escape) ~ ", multiLine 'true'"
                ~ ", unescapedQuoteHandling 'RAISE_ERROR'"
                ~ ", enforceSchema 'false', inferSchema 'false'" -%}
        {%- endif -%}
        {%- set files = api.Relation.create(
            schema=var("dataset"), identifier="csv_" ~ local_md5(path ~ read_as)
        ) -%}
        {%- if execute -%}
            {%- do run_query("drop table if exists " ~ files) -%}
            {%- do run_query(
                "create table " ~ files ~ " " ~ read_as ~ ", mode 'FAILFAST', path "
                ~ literal(_absolute(path)) ~ ")"
            ) -%}
        {%- endif -%}
        {{ files }}
    {%- endif -%}
{%- endmacro %}

{#- Spark would resolve a relative path against its own warehouse. A variable is replaced
    in the driver; a function may run in an executor, in a folder of its own. -#}
{% macro _absolute(path) -%}
    {% if modules.re.match("/|[a-z0-9]+:", path) %}
        {{ return(path) }}
    {% endif %}
    {{ return(run_query("set mooc_episodes.folder=${system:user.dir}")
        .columns[1].values()[0] ~ "/" ~ path) }}
{%- endmacro %}
