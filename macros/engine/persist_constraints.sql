{#- Spark has no constraints on Parquet tables, so they are checked once the table is
    written. dbt runs this on each new table. -#}
{% macro spark__persist_constraints(relation, model) -%}
    {% if config.get("contract").enforced %}
        {% set required = [] %}
        {% for name, column in model.columns.items() %}
            {% for constraint in column.constraints if constraint.type == "not_null" %}
                {% do required.append(name) %}
            {% endfor %}
        {% endfor %}
        {% if required %}
            {% set counts = run_query(
                "select count(*), count(" ~ required | join("), count(")
                ~ ") from " ~ relation
            ).rows[0].values() %}
            {% for name in required %}
                {% set n_nulls = counts[0] - counts[loop.index] %}
                {% if n_nulls > 0 %}
                    {% do exceptions.raise_compiler_error(
                        relation.identifier ~ ": NOT NULL constraint failed: " ~ name
                        ~ " is null in " ~ n_nulls ~ " rows"
                    ) %}
                {% endif %}
            {% endfor %}
        {% endif %}
    {% endif %}
{%- endmacro %}
