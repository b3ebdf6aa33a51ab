{% macro splits() -%}
    {{ return(["train", "val", "test"]) }}
{%- endmacro %}
