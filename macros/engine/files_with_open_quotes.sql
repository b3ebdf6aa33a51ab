{% macro files_with_open_quotes(path, csv) -%}
    {{ adapter.dispatch("files_with_open_quotes")(path, csv_format(path, csv)) }}
{%- endmacro %}

{#- In src/mooc_episodes/base/texts.py. DuckDB reports an unclosed quote if it reads a file
    in parallel; of more than twice as many files as threads each is read by one thread. -#}
{% macro duckdb__files_with_open_quotes(path, csv) -%}
    select path
    from (
        select
            path,
            count(*) over () as n_files
        from ({{ files_at(path) }}) as files
    ) as files_counted
    where
        n_files > 2 * current_setting('threads')
        and may_leave_quote_open(
            path,
            {{ literal(csv.delimiter) }},
            {{ literal(csv.quote) }},
            {{ literal(csv.escape) }}
        )
{%- endmacro %}

{#- has_open_quote looks at each file. -#}
{% macro spark__files_with_open_quotes(path, csv) -%}
    select path from ({{ files_at(path) }}) as files where false
{%- endmacro %}
