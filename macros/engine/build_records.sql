{#- Of all datasets in the database; on Spark, whose export is always given its dataset,
    of this one. -#}
{% macro build_records(own) -%}
    {{ return(adapter.dispatch("build_records")(own)) }}
{%- endmacro %}

{% macro duckdb__build_records(own) -%}
    {% set records = [] %}
    {% for schema in run_query(
        "select schema_name from duckdb_columns()"
        ~ " where database_name = current_database()"
        ~ " and table_name = 'build_record'"
        ~ " and column_name in ('number', 'invocation_id', 'started_at')"
        ~ " group by schema_name having count(*) = 3 order by schema_name"
    ).columns[0].values() %}
        {% do records.append(api.Relation.create(
            database=own.database, schema=schema, identifier=own.identifier
        )) %}
    {% endfor %}
    {{ return(records) }}
{%- endmacro %}

{% macro spark__build_records(own) -%}
    {{ return([own]) }}
{%- endmacro %}
