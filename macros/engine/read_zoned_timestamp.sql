{% macro read_zoned_timestamp(text) -%}
    {{ adapter.dispatch("read_zoned_timestamp")(text) }}
{%- endmacro %}

{% macro duckdb__read_zoned_timestamp(text) -%}
    timezone('UTC', try_cast({{ text }} as timestamptz))
{%- endmacro %}

{#- All of Spark's timestamps are in UTC. -#}
{% macro spark__read_zoned_timestamp(text) -%}
    try_cast({{ text }} as timestamp)
{%- endmacro %}
