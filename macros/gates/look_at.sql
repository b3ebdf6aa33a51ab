{% macro look_at(table, condition="true") -%}
    {%- set path = env_var("DUCKDB_PATH", "") -%}
    {{ return(
        ("DUCKDB_PATH=" ~ shell_quoted(path) ~ " " if path and target.type == "duckdb" else "")
        ~ ".venv" ~ ("" if target.type == "duckdb" else "-" ~ target.type)
        ~ '/bin/dbt show --inline-direct "select * from ' ~ var("dataset") ~ "."
        ~ table ~ " where " ~ condition ~ '" --output json --limit 20'
        ~ ("" if target.type == "duckdb" else " --target " ~ target.name)
    ) }}
{%- endmacro %}


{% macro shell_quoted(text) -%}
    {% if modules.re.fullmatch("[-\\w./]+", text) %}
        {{ return(text) }}
    {% endif %}
    {{ return("'" ~ text | replace("'", "'\\''") ~ "'") }}
{%- endmacro %}
