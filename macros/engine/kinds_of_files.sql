{% macro kinds_of_files(path, csv, used) -%}
    {{ adapter.dispatch("kinds_of_files")(path, csv, used) }}
{%- endmacro %}

{#- file_head is in src/mooc_episodes/base/heads.py: DuckDB's readers stop at the first
    file that they cannot read. Such a file is of its own kind. -#}
{% macro duckdb__kinds_of_files(path, csv, used) -%}
    select
        path,
        bytes,
        coalesce({{ _kind_of_head(path, csv_format(path, csv), used) }}, path) as kind
    from (select *, file_head(path) as head from ({{ files_at(path) }})) as files_begun
{%- endmacro %}

{#- With a header, a text's first line; without, how many fields the first row has. JSON
    lines differ only if a key is missing. -#}
{% macro _kind_of_head(path, csv, used) -%}
    {%- if file_kind(path) == "json" -%}
        case
            when json_valid(head[1]) and starts_with(ltrim(head[1]), '{')
                then case
                    when true
                    {%- for _, column in used %}
                        and (
                            list_contains(json_keys(head[1]), {{ literal(column) }})
                            {%- if "." in column %}
                                {%- set parts = column.split(".") %}
                                or coalesce(try(json_exists(
                                    head[1] ->> {{ literal(_json_path(parts[:1])) }},
                                    {{ literal(_json_path(parts[1:])) }}
                                )), false)
                            {%- endif %}
                        )
                    {%- endfor %} then 'has all keys'
                end
        end
    {%- elif file_kind(path) == "csv" and not csv.header -%}
        {%- set is_row -%}
            len(list_filter(
                string_split(head[LINE], {{ literal(csv.delimiter) }}),
                lambda field: regexp_matches(
                    trim(field, {{ literal(" \t\r\n" ~ csv.quote) }}),
                    {{ literal("^(?:" ~ row_pattern() ~ ")") }}
                )
            )) > 0
        {%- endset -%}
        len(string_split(head[1], {{ literal(csv.delimiter) }})) || ' fields'
        || case
            when {{ is_row | replace("LINE", "1") }} then ''
            when {{ is_row | replace("LINE", "2") }} then ', after a header'
            else ', not of numbers'
        end
    {%- else -%} head[1]
    {%- endif -%}
{%- endmacro %}

{#- Each is looked at by itself: Spark opens a file in milliseconds, not microseconds. -#}
{% macro spark__kinds_of_files(path, csv, used) -%}
    select
        path,
        bytes,
        path as kind
    from ({{ files_at(path) }}) as files
{%- endmacro %}
