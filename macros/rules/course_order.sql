{% macro course_order() -%}
    {{ "split_key, " if setting("vocab_order") == "shuffled" }}course_id
{%- endmacro %}
