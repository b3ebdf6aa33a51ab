{% macro tie_key(user_key, course_key) -%}
    {{ bitwise_xor(user_key, course_key) }}
{%- endmacro %}
