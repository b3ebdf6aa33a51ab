{#- The first 13 hex digits of md5('<seed>:<id>') as an integer below 2^52. -#}
{% macro split_key(seed, id) -%}
    {{ hex_as_integer(
        "substr(md5(" ~ seed ~ " || ':' || cast(" ~ id ~ " as string)), 1, 13)"
    ) }}
{%- endmacro %}


{% macro hex_as_integer(hex) -%}
    {{ adapter.dispatch("hex_as_integer")(hex) }}
{%- endmacro %}

{% macro duckdb__hex_as_integer(hex) -%}
    cast('0x' || {{ hex }} as bigint)
{%- endmacro %}

{% macro spark__hex_as_integer(hex) -%}
    cast(conv({{ hex }}, 16, 10) as bigint)
{%- endmacro %}
