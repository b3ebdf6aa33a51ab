{#- Allows lists in the rows of a unit test. -#}
{% macro spark__safe_cast(field, type) -%}
    {% if field is sequence and field is not string %}
        {% set field = field | string | replace("[", "array(") | replace("]", ")") %}
    {% endif %}
    cast({{ field }} as {{ type }})
{%- endmacro %}
