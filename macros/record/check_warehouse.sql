{#- A schema is ours if it has a build_record of ours, even an earlier version's. -#}
{% macro check_warehouse() -%}
    {% if is_recorded_command() %}
        {% set schema = var("dataset") %}
        {% if target.database and target.database | lower == schema %}
            {% do exceptions.raise_compiler_error(
                "'" ~ target.path ~ "' has the same name as the dataset " ~ schema
                ~ ", and DuckDB cannot distinguish the two; name another file in env "
                ~ "DUCKDB_PATH"
            ) %}
        {% endif %}
        {% set ours = ["build_record"] %}
        {% for node in graph.nodes.values() if node.resource_type == "model" %}
            {% do ours.append(node.alias) %}
        {% endfor %}
        {% set taken = relation_names(schema) | map("lower") | select("in", ours) | list %}
        {% if taken and not _is_own("build_record" in taken) %}
            {% do exceptions.raise_compiler_error(
                "the schema " ~ schema ~ " of " ~ target.path | default("the warehouse")
                ~ " has " ~ taken | join(", ") ~ ", not made by a build of this project, "
                ~ "which would replace them; move them to another schema, or name another "
                ~ "database in env DUCKDB_PATH (on Spark: SPARK_WAREHOUSE); nothing was "
                ~ "changed"
            ) %}
        {% endif %}
    {% endif %}
{%- endmacro %}


{% macro _is_own(has_record) -%}
    {% if not has_record %}
        {{ return(false) }}
    {% endif %}
    {% set columns = run_query("select * from " ~ _build_record() ~ " limit 0")
        .column_names | map("lower") | list %}
    {{ return("invocation_id" in columns and "results" in columns) }}
{%- endmacro %}
