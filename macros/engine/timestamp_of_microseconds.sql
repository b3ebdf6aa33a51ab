{% macro timestamp_of_microseconds(microseconds) -%}
    {{ adapter.dispatch("timestamp_of_microseconds")(microseconds) }}
{%- endmacro %}

{% macro duckdb__timestamp_of_microseconds(microseconds) -%}
    make_timestamp({{ microseconds }})
{%- endmacro %}

{% macro spark__timestamp_of_microseconds(microseconds) -%}
    timestamp_micros({{ microseconds }})
{%- endmacro %}
