{% macro split_key(seed, id) -%}
    {{ hex_as_integer(
        "substr(md5(" ~ seed ~ " || ':' || cast(" ~ id ~ " as string)), 1, 13)"
    ) }}
{%- endmacro %}
