{% macro full_match(text, pattern) -%}
    {{ adapter.dispatch("full_match")(text, pattern) }}
{%- endmacro %}

{% macro duckdb__full_match(text, pattern) -%}
    regexp_full_match({{ text }}, {{ literal(pattern) }})
{%- endmacro %}

{% macro spark__full_match(text, pattern) -%}
    {{ text }} rlike {{ literal("^(?:" ~ pattern ~ ")\\z") }}
{%- endmacro %}
