{% macro json_entries(path) -%}
    {{ adapter.dispatch("json_entries")(path) }}
{%- endmacro %}

{% macro duckdb__json_entries(path) -%}
    select
        entries.key as name,
        cast(entries.value as string) as value
    from
        (select try(decode(content)) as content from read_blob({{ literal(path) }})) as files,
        json_each(
            case
                when json_valid(content) and json_type(content) = 'OBJECT' then content
            end
        ) as entries
{%- endmacro %}

{#- Spark writes a text without its quotes and what is not UTF-8 as U+FFFD. -#}
{% macro spark__json_entries(path) -%}
    select explode(from_json(decode(content, 'UTF-8'), 'map<string, string>'))
        as (name, value)
    from binaryFile.{{ quoted(path) }}
{%- endmacro %}
