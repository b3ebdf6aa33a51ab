{% macro record_results(record, results, built_all) -%}
    {% do adapter.dispatch("record_results")(record, results, built_all) %}
{%- endmacro %}

{% macro duckdb__record_results(record, results, built_all) -%}
    {% do run_query(
        "update " ~ record ~ " set results = " ~ literal(results)
        ~ " where invocation_id = " ~ literal(invocation_id)
    ) %}
    {% if built_all %}
        {#- what came before no longer matters -#}
        {% do run_query(
            "delete from " ~ record ~ " where invocation_id != " ~ literal(invocation_id)
        ) %}
    {% endif %}
{%- endmacro %}

{#- No row of a Parquet table can be changed: one that ends, with its results, is added.
    Reading drops the others (src/mooc_episodes/warehouse/spark.py). -#}
{% macro spark__record_results(record, results, built_all) -%}
    {% do run_query(
        "insert into " ~ record
        ~ " select number, invocation_id, started_at, vars, settings, versions, nodes,"
        ~ " selected, " ~ literal(results) ~ " from " ~ record
        ~ " where invocation_id = " ~ literal(invocation_id)
    ) %}
{%- endmacro %}
