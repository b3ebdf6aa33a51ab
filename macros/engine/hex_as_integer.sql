{% macro hex_as_integer(hex) -%}
    {{ adapter.dispatch("hex_as_integer")(hex) }}
{%- endmacro %}

{% macro duckdb__hex_as_integer(hex) -%}
    cast('0x' || {{ hex }} as bigint)
{%- endmacro %}

{% macro spark__hex_as_integer(hex) -%}
    cast(conv({{ hex }}, 16, 10) as bigint)
{%- endmacro %}
