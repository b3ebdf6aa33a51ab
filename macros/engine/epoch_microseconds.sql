{% macro epoch_microseconds(ts) -%}
    {{ adapter.dispatch("epoch_microseconds")(ts) }}
{%- endmacro %}

{% macro duckdb__epoch_microseconds(ts) -%}
    epoch_us({{ ts }})
{%- endmacro %}

{% macro spark__epoch_microseconds(ts) -%}
    unix_micros({{ ts }})
{%- endmacro %}
