{% macro unfilled_share(n_filled, n_users, n_courses) -%}
    1 - {{ n_filled }} / nullif(cast({{ n_users }} * {{ n_courses }} as double), 0)
{%- endmacro %}
