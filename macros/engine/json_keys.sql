{% macro json_keys(file) -%}
    {{ adapter.dispatch("json_keys")(file) }}
{%- endmacro %}

{% macro duckdb__json_keys(file) -%}
    select distinct unnest(json_keys(json)) as name
    from (
        select json
        from read_json_objects({{ literal(file) }}, format = 'newline_delimited')
        limit 10000
    ) as lines
    order by name
{%- endmacro %}

{% macro spark__json_keys(file) -%}
    select distinct explode(json_object_keys(value)) as name
    from (select value from text.{{ quoted(file) }} limit 10000) as lines
    order by name
{%- endmacro %}
