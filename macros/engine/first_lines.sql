{#- As they are, of any file: what is not UTF-8 is left out. The delimiter is one that no
    file has. -#}
{% macro first_lines(file) -%}
    {{ adapter.dispatch("first_lines")(file) }}
{%- endmacro %}

{% macro duckdb__first_lines(file) -%}
    select line
    from read_csv(
        {{ literal(file) }},
        auto_detect = false,
        columns = {'line': 'VARCHAR'},
        header = false,
        {{ _csv_options({"delimiter": "\x01\x02\x03", "quote": "", "escape": ""}) }},
        strict_mode = false,
        ignore_errors = true
    )
    limit 20
{%- endmacro %}

{% macro spark__first_lines(file) -%}
    select value as line
    from text.{{ quoted(file) }}
    limit 20
{%- endmacro %}
