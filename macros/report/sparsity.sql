{#- The notebook's number. It counts repeats too, so it is no share of anything: with more
    events than cells it is negative. -#}
{% macro sparsity(n_events, n_users, n_courses) -%}
    1 - {{ n_events }} / nullif(cast({{ n_users }} * {{ n_courses }} as double), 0)
{%- endmacro %}
