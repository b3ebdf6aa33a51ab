{#- The build's record of itself, in each data set's schema: one row per dbt invocation
    that touched it. scripts/export.py replays it to refuse what failed, was interrupted
    or mixes settings. -#}

{% macro build_record_relation() -%}
    {{ return(api.Relation.create(
        database=target.database, schema=var("dataset"), identifier="build_record"
    )) }}
{%- endmacro %}


{% macro is_recorded_command() -%}
    {{ return(execute and flags.WHICH in ["build", "run", "test", "retry"]) }}
{%- endmacro %}


{% macro all_settings() -%}
    {% set settings = {} %}
    {% for name in var("presets")["sample"] %}
        {% do settings.update({name: setting(name)}) %}
    {% endfor %}
    {{ return(settings) }}
{%- endmacro %}


{% macro create_build_record() -%}
    {% do run_query(
        "create table if not exists " ~ build_record_relation()
        ~ " (invocation_id varchar, started_at timestamp, settings varchar,"
        ~ " nodes varchar, selected varchar, results varchar)"
    ) %}
{%- endmacro %}


{% macro record_start() -%}
    {% if is_recorded_command() %}
        {% set nodes = [] %}
        {% for node in graph.nodes.values() if node.resource_type in ["model", "test"] %}
            {% do nodes.append(node.unique_id) %}
        {% endfor %}
        {% do create_build_record() %}
        {% if nodes | reject("in", selected_resources) | list == [] %}
            {#- all is built anew: what came before no longer matters -#}
            {% do run_query("delete from " ~ build_record_relation()) %}
        {% endif %}
        {% do run_query(
            "insert into " ~ build_record_relation() ~ " values ("
            ~ literal(invocation_id) ~ ", "
            ~ literal(run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f")) ~ ", "
            ~ literal(tojson(all_settings(), sort_keys=true)) ~ ", "
            ~ literal(tojson(nodes | sort)) ~ ", "
            ~ literal(tojson(selected_resources | sort)) ~ ", null)"
        ) %}
    {% endif %}
{%- endmacro %}


{% macro record_end(results) -%}
    {% if is_recorded_command() %}
        {% do create_build_record() %}
        {% set statuses = {} %}
        {% for result in results %}
            {% do statuses.update({result.node.unique_id: result.status | string}) %}
        {% endfor %}
        {% do run_query(
            "update " ~ build_record_relation()
            ~ " set results = " ~ literal(tojson(statuses, sort_keys=true))
            ~ " where invocation_id = " ~ literal(invocation_id)
        ) %}
    {% endif %}
{%- endmacro %}
