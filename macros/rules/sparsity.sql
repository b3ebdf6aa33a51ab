{#- The share of user-course cells without an event, counting repeats as the notebook
    does: 1 - events / (users * courses). -#}
{% macro sparsity(n_events, n_users, n_courses) -%}
    1 - {{ n_events }} / nullif(cast({{ n_users }} * {{ n_courses }} as double), 0)
{%- endmacro %}
