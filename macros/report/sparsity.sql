{#- The notebook counts repeats too. -#}
{% macro sparsity(n_events, n_users, n_courses) -%}
    1 - {{ n_events }} / nullif(cast({{ n_users }} * {{ n_courses }} as double), 0)
{%- endmacro %}
