{% macro record_start() %}{% endmacro %}
{% macro record_end(results) %}{% endmacro %}
