{#- A CSV is read as text; the models decide what it means. DuckDB only detects the
    line ends: detecting more, it would skip rows to make a file fit. A name in the path
    (user_id=7/events.csv) is not a column: DuckDB would use it in place of the file's.
    -#}
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

{#- Spark has no function that reads a CSV, so declare a table over the files. An empty
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
                ~ "path " ~ literal(_absolute(path)) ~ ", header " ~ literal(header | lower)
                ~ ", quote '\"', escape '\"', multiLine 'true', mode 'FAILFAST'"
                ~ ", unescapedQuoteHandling 'RAISE_ERROR'"
                ~ ", enforceSchema 'false', inferSchema 'false')"
            ) -%}
        {%- endif -%}
        {{ files }}
    {%- endif -%}
{%- endmacro %}

{#- Spark would resolve a relative path against its own warehouse. -#}
{% macro _absolute(path) -%}
    {% if modules.re.match("/|[a-z0-9]+:", path) %}
        {{ return(path) }}
    {% endif %}
    {{ return(run_query(
        "select reflect('java.lang.System', 'getProperty', 'user.dir')"
    ).columns[0].values()[0] ~ "/" ~ path) }}
{%- endmacro %}
