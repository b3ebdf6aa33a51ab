{% macro get_table_columns_and_constraints() -%}
    ({{ adapter.render_raw_columns_constraints(
        raw_columns=_typed_columns(model.columns)
    ) | join(", ") }})
{%- endmacro %}
