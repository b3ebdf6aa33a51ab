{#- Which column of the input is which of ours. -#}

{% macro input_column(ours, present) -%}
    {%- set column = setting("columns")[ours] -%}
    {%- if column is none -%} cast(null as string)
    {%- elif file_name_pattern(ours) -%} {{ user_in_file_name("_input_file") }}
    {%- elif column is sequence and column is not string -%}
        {#- null if either is: half a time is not one -#}
        cast({{ _not_null_marker(column[0], present) }} as string) || ' '
        || cast({{ _not_null_marker(column[1], present) }} as string)
    {%- else -%} {{ _not_null_marker(column, present) }}
    {%- endif -%}
{%- endmacro %}


{% macro _not_null_marker(column, present) -%}
    {{- without_null_markers(_value(column, present)) -}}
{%- endmacro %}


{% macro without_null_markers(value) -%}
    {%- if setting("csv").null_values -%}
        case
            when cast({{ value }} as string) not in (
                {% for marker in setting("csv").null_values -%}
                    {{ literal(marker) }}{{ ", " if not loop.last }}
                {%- endfor %}
            ) then {{ value }}
        end
    {%- else -%} {{ value }}
    {%- endif -%}
{%- endmacro %}


{% macro _value(column, present) -%}
    {%- if column is number -%} {{ quoted(column_by_number(column)) }}
    {%- elif present is none -%} {{ json_value(column) }}
    {%- else -%} {{ quoted((matching_columns(column, present) + [column])[0]) }}
    {%- endif -%}
{%- endmacro %}


{#- Spark's names for the columns of a file without a header; DuckDB is given them. -#}
{% macro column_by_number(number) -%}
    {{ return("_c" ~ (number - 1)) }}
{%- endmacro %}


{#- Upper and lower case are the same, and user_id means user_id:token (RecBole writes a
    type there) if there is no user_id. -#}
{% macro matching_columns(name, present) -%}
    {% set exact, typed = [], [] %}
    {% for column in present %}
        {% if column | lower == name | lower %}
            {% do exact.append(column) %}
        {% elif column.split(":")[0] | lower == name | lower %}
            {% do typed.append(column) %}
        {% endif %}
    {% endfor %}
    {{ return(exact or typed) }}
{%- endmacro %}


{% macro used_columns() -%}
    {% set used, columns = [], setting("columns") %}
    {% for ours, column in columns.items()
        if column is not none and not file_name_pattern(ours) %}
        {% if column is sequence and column is not string %}
            {% do used.extend([
                ["date and time", column[0]], ["date and time", column[1]]
            ]) %}
        {% else %}
            {% do used.append([ours, column]) %}
        {% endif %}
    {% endfor %}
    {{ return(used) }}
{%- endmacro %}


{% macro quoted(name) -%}
    {%- set mark = adapter.quote("")[0] -%}
    {{ adapter.quote(name | replace(mark, mark ~ mark)) }}
{%- endmacro %}


{% macro file_name_pattern(ours) -%}
    {% set column = setting("columns")[ours] %}
    {% if ours == "user_id" and column == "filename" %}
        {{ return("(.*)") }}
    {% endif %}
    {{ return(column.filename if column is mapping else none) }}
{%- endmacro %}


{% macro user_in_file_name(path) -%}
    regexp_extract(
        regexp_replace(
            regexp_replace({{ path }}, '^.*/', ''), {{ literal("(?i)" ~ endings() ~ "$") }}, ''
        ),
        {{ literal("^(?:" ~ file_name_pattern("user_id") ~ ")$") }},
        1
    )
{%- endmacro %}
