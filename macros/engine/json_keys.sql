{#- inside: the keys that lead to an object in each line's. A text that holds JSON is an
    object too, at the top of a line, as json_value reads it. -#}
{% macro json_keys(file, inside=[]) -%}
    {{ adapter.dispatch("json_keys")(file, inside) }}
{%- endmacro %}

{% macro duckdb__json_keys(file, inside) -%}
    {%- set object -%}
        {%- if inside -%}
            json ->> {{ literal(_json_path(inside[:1])) }},
            {{ literal(_json_path(inside[1:])) }}
        {%- else -%} json
        {%- endif -%}
    {%- endset -%}
    select distinct unnest(try(json_keys({{ object }}))) as name
    from (
        select json
        from read_json_objects({{ literal(file) }}, format = 'newline_delimited')
        limit 10000
    ) as lines
    order by name
{%- endmacro %}

{% macro spark__json_keys(file, inside) -%}
    {%- set object -%}
        {%- if inside -%}
            get_json_object(value, {{ literal("$." ~ inside | join(".")) }})
        {%- else -%} value
        {%- endif -%}
    {%- endset -%}
    select distinct explode(json_object_keys({{ object }})) as name
    from (select value from text.{{ quoted(file) }} limit 10000) as lines
    order by name
{%- endmacro %}
