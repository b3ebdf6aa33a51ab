{% macro dbt_command(arguments) -%}
    {{ return(adapter.dispatch("dbt_command")(arguments)) }}
{%- endmacro %}

{% macro duckdb__dbt_command(arguments) -%}
    {% set path = env_var("DUCKDB_PATH", "") %}
    {{ return(("DUCKDB_PATH=" ~ shell_quoted(path) ~ " " if path else "")
        ~ ".venv/bin/dbt " ~ arguments) }}
{%- endmacro %}

{#- In the environment of `make run TARGET=spark`. -#}
{% macro spark__dbt_command(arguments) -%}
    {{ return(".venv-spark/bin/dbt " ~ arguments ~ " --target " ~ target.name) }}
{%- endmacro %}
