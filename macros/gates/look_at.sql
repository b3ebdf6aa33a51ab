{% macro look_at(table, condition="true") -%}
    {%- set path = env_var("DUCKDB_PATH", "") -%}
    {%- if not modules.re.fullmatch("[-\\w./]*", path) -%}
        {%- set path = "'" ~ path | replace("'", "'\\''") ~ "'" -%}
    {%- endif -%}
    {{ return(
        ("DUCKDB_PATH=" ~ path ~ " " if path and target.type == "duckdb" else "")
        ~ ".venv" ~ ("" if target.type == "duckdb" else "-" ~ target.type)
        ~ '/bin/dbt show --inline-direct "select * from ' ~ var("dataset") ~ "."
        ~ table ~ " where " ~ condition ~ '" --output json --limit 20'
        ~ ("" if target.type == "duckdb" else " --target " ~ target.name)
    ) }}
{%- endmacro %}
