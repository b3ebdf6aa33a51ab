{% macro among_the_rest(is_outside, in_all, counted) -%}
    case when {{ is_outside }} then {{ in_all }} - {{ counted }} else {{ counted }} end
{%- endmacro %}
