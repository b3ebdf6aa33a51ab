{% macro session_id(user_id, session_number) -%}
    concat({{ user_id }}, '_', printf('%04d', {{ session_number }}))
{%- endmacro %}
