{% macro look_at(table, condition="true") -%}
    {{ return(dbt_command(
        'show --inline-direct "select * from ' ~ var("dataset") ~ "." ~ table
        ~ " where " ~ condition ~ '" --output json --limit 20'
    )) }}
{%- endmacro %}


{% macro shell_quoted(text) -%}
    {% if modules.re.fullmatch("[-\\w./]+", text) %}
        {{ return(text) }}
    {% endif %}
    {{ return("'" ~ text | replace("'", "'\\''") ~ "'") }}
{%- endmacro %}
