{#- Contracts on Spark. Types are those of the yml; a constraint, which Spark does not know
    of Parquet tables, is checked when the table is there. -#}

{#- A type as the engine calls it: DuckDB's own name, or Spark's. -#}
{% macro engine_type(type) -%}
    {{ return(adapter.dispatch("engine_type")(type)) }}
{%- endmacro %}

{% macro duckdb__engine_type(type) -%}
    {{ return(type) }}
{%- endmacro %}

{% macro spark__engine_type(type) -%}
    {% if type.endswith("[]") %}
        {{ return("array<" ~ engine_type(type[:-2]) ~ ">") }}
    {% endif %}
    {{ return("string" if type == "varchar" else type) }}
{%- endmacro %}


{#- dbt compares a model with the types of this query. -#}
{% macro spark__get_empty_schema_sql(columns) -%}
    {% set typed = {} %}
    {% for name, column in columns.items() %}
        {% do typed.update({name: dict(column, data_type=engine_type(column.data_type))}) %}
    {% endfor %}
    {{ return(default__get_empty_schema_sql(typed)) }}
{%- endmacro %}


{#- dbt runs this on each new table. -#}
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


{#- Lists in a unit test's rows. -#}
{% macro spark__safe_cast(field, type) -%}
    {% if field is sequence and field is not string %}
        {% set field = field | string | replace("[", "array(") | replace("]", ")") %}
    {% endif %}
    cast({{ field }} as {{ type }})
{%- endmacro %}
