{#- A string literal of any value, null for none. Spark reads a backslash as the start of
    an escape, and two quotes as the end of one literal and the start of another. -#}
{% macro literal(value) -%}
    {%- if value is none -%} null
    {%- else -%} '{{ adapter.dispatch("quotes_escaped")(value | string) }}'
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__quotes_escaped(text) -%}
    {{ text | replace("'", "''") }}
{%- endmacro %}

{% macro spark__quotes_escaped(text) -%}
    {{ text | replace("\\", "\\\\") | replace("'", "\\'") }}
{%- endmacro %}
