{#- Line, reason and text of the first row that is not as the header; no row if there is
    none near the start (where DuckDB would only say that it cannot read the file), or in
    all of it. Spark names the row itself. -#}
{% macro first_bad_row(file, csv, n_fields, every_row=false) -%}
    {{ return(adapter.dispatch("first_bad_row")(
        file, csv_format(file, csv), n_fields, every_row
    )) }}
{%- endmacro %}

{% macro duckdb__first_bad_row(file, csv, n_fields, every_row) -%}
    {% for table in ["reject_errors", "reject_scans"] %}
        {% do run_query("drop table if exists " ~ table) %}
    {% endfor %}
    {% set fields = [] %}
    {% for number in range(n_fields) %}
        {% do fields.append("'c" ~ number ~ "': 'VARCHAR'") %}
    {% endfor %}
    {% do run_query(
        "select count(*) from (select * from read_csv(" ~ literal(file)
        ~ ", auto_detect = false, columns = {" ~ fields | join(", ") ~ "}, "
        ~ _csv_options(csv) ~ ", header = " ~ csv.header | lower
        ~ ", strict_mode = true, null_padding = false, ignore_errors = true"
        ~ ", store_rejects = true)" ~ ("" if every_row else " limit 20000") ~ ")"
    ) %}
    {{ return(run_query(
        "select line, error_message, csv_line from reject_errors"
        ~ " order by line, byte_position limit 1"
    ).rows) }}
{%- endmacro %}

{% macro spark__first_bad_row(file, csv, n_fields, every_row) -%}
    {{ return([]) }}
{%- endmacro %}
