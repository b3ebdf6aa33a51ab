{#- The first 13 hex digits of md5('<seed>:<id>') as an integer below 2^52. -#}
{% macro split_key(seed, id) -%}
    cast(
        '0x' || substr(md5({{ seed }} || ':' || cast({{ id }} as varchar)), 1, 13)
        as bigint
    )
{%- endmacro %}
