{% macro record_results(record, results, built_all) -%}
    {% do adapter.dispatch("record_results")(record, results, built_all) %}
{%- endmacro %}

{% macro duckdb__record_results(record, results, built_all) -%}
    {% do run_query(
        "update " ~ record ~ " set results = " ~ literal(results)
        ~ " where invocation_id = " ~ literal(invocation_id)
    ) %}
    {% if built_all %}
        {#- earlier rows no longer matter -#}
        {% do run_query(
            "delete from " ~ record ~ " where invocation_id != " ~ literal(invocation_id)
        ) %}
    {% endif %}
{%- endmacro %}

{#- Rows of a Parquet table cannot be updated, so add a second row with the results;
    src/mooc_episodes/warehouse/spark.py drops the first when it reads the table. -#}
{% macro spark__record_results(record, results, built_all) -%}
    {% do run_query(
        "insert into " ~ record
        ~ " select number, invocation_id, started_at, vars, settings, versions, nodes,"
        ~ " selected, " ~ literal(results) ~ " from " ~ record
        ~ " where invocation_id = " ~ literal(invocation_id)
    ) %}
{%- endmacro %}
