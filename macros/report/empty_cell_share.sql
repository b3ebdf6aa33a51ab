{% macro empty_cell_share(n_cells_filled, n_users, n_courses) -%}
    1 - {{ n_cells_filled }} / nullif(cast({{ n_users }} * {{ n_courses }} as double), 0)
{%- endmacro %}
