{#- For the lists in a unit test's rows. -#}
{% macro spark__safe_cast(field, type) -%}
    {% if field is sequence and field is not string %}
        {% set field = field | string | replace("[", "array(") | replace("]", ")") %}
    {% endif %}
    cast({{ field }} as {{ type }})
{%- endmacro %}
