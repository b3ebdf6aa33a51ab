{#- After each table: how many rows it has, for scripts/run.py and dbt's log. -#}
{% macro tell_rows() -%}
    {% if execute and model.config.materialized == "table" %}
        {% set n_rows = run_query("select count(*) from " ~ this).columns[0].values()[0] %}
        {% do log("rows of " ~ this.identifier ~ ": " ~ n_rows) %}
    {% endif %}
{%- endmacro %}
