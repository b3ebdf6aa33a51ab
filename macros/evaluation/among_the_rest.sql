{#- Rivals that come before the label on a second key: if it is in the rest, those not
    counted already; if not, those tied with it on the first. -#}
{% macro among_the_rest(is_outside, in_all, counted) -%}
    case when {{ is_outside }} then {{ in_all }} - {{ counted }} else {{ counted }} end
{%- endmacro %}
