{% macro look_at(table, condition="true") -%}
    {{ return(dbt_command(
        'show --inline-direct "select * from ' ~ var("dataset") ~ "." ~ table
        ~ " where " ~ condition ~ '" --output json --limit 20'
    )) }}
{%- endmacro %}


{#- A text as a shell takes it for one word. -#}
{% macro shell_quoted(text) -%}
    {% if modules.re.fullmatch("[-\\w./]+", text) %}
        {{ return(text) }}
    {% endif %}
    {{ return("'" ~ text | replace("'", "'\\''") ~ "'") }}
{%- endmacro %}
