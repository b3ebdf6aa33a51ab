{% macro epoch_seconds(ts) -%}
    {{ adapter.dispatch("epoch_seconds")(ts) }}
{%- endmacro %}

{#- `//` rounds towards zero, so it is given whole seconds. -#}
{% macro duckdb__epoch_seconds(ts) -%}
    epoch_us(date_trunc('second', {{ ts }})) // 1000000
{%- endmacro %}

{% macro spark__epoch_seconds(ts) -%}
    unix_seconds({{ ts }})
{%- endmacro %}
