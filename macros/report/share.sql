{% macro share(part, whole) -%}
    {{ part }} / nullif(cast({{ whole }} as double), 0)
{%- endmacro %}
