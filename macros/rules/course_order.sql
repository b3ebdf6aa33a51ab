{#- The order in which vocab_order numbers courses, of columns split_key and course_id. -#}
{% macro course_order() -%}
    {{ "split_key, " if setting("vocab_order") == "shuffled" }}course_id
{%- endmacro %}
