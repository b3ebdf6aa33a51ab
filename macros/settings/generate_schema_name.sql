{% macro generate_schema_name(custom_schema_name, node) -%}
    {% do _check_dataset() %}
    {{ return(var("dataset")) }}
{%- endmacro %}
