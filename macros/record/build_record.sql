{#- The build's record of itself, in each data set's schema: one row per dbt invocation
    that touched it. scripts/export.py replays it to refuse what failed, was interrupted,
    is stale or mixes settings. -#}

{% macro build_record_relation() -%}
    {{ return(api.Relation.create(
        database=target.database | default(none), schema=var("dataset"), identifier="build_record"
    )) }}
{%- endmacro %}


{#- A retry goes by the name of the command it repeats. -#}
{% macro is_recorded_command() -%}
    {{ return(execute and flags.WHICH in ["build", "run", "test"]) }}
{%- endmacro %}


{#- Some commands do not say what they selected (dbt retry): it may be anything. -#}
{% macro is_selected(node) -%}
    {{ return(not selected_resources or node in selected_resources) }}
{%- endmacro %}


{#- Models and data tests, each with the nodes it depends on. -#}
{% macro recorded_nodes() -%}
    {% set nodes = {} %}
    {% for node in graph.nodes.values() if node.resource_type in ["model", "test"] %}
        {% do nodes.update({node.unique_id: node.depends_on.nodes}) %}
    {% endfor %}
    {{ return(nodes) }}
{%- endmacro %}


{#- All that decides what is computed. -#}
{% macro recorded_settings() -%}
    {% set settings = {"empty": true if flags.EMPTY else false} %}
    {% for name in var("presets")["sample"] %}
        {% do settings.update({name: setting(name)}) %}
    {% endfor %}
    {{ return(settings) }}
{%- endmacro %}


{% macro create_build_record() -%}
    {% do run_query(
        "create table if not exists " ~ build_record_relation()
        ~ " (number bigint, invocation_id string, started_at timestamp, vars string,"
        ~ " settings string, nodes string, selected string, results string)"
    ) %}
{%- endmacro %}


{% macro record_start() -%}
    {% if is_recorded_command() %}
        {% do create_build_record() %}
        {% do run_query(
            "insert into " ~ build_record_relation()
            ~ " select coalesce(max(number), 0) + 1, "
            ~ literal(invocation_id) ~ ", cast("
            ~ literal(run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f")) ~ " as timestamp), "
            ~ literal(tojson(invocation_args_dict.get("vars", {}), sort_keys=true)) ~ ", "
            ~ literal(tojson(recorded_settings(), sort_keys=true)) ~ ", "
            ~ literal(tojson(recorded_nodes(), sort_keys=true)) ~ ", "
            ~ literal(tojson(selected_resources | sort)) ~ ", cast(null as string) from "
            ~ build_record_relation()
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
        {% do adapter.dispatch("record_results")(statuses) %}
    {% endif %}
{%- endmacro %}


{% macro duckdb__record_results(statuses) -%}
    {% do run_query(
        "update " ~ build_record_relation()
        ~ " set results = " ~ literal(tojson(statuses, sort_keys=true))
        ~ " where invocation_id = " ~ literal(invocation_id)
    ) %}
    {% if recorded_nodes() | reject("in", statuses) | list == [] %}
        {#- all was built anew: what came before no longer matters -#}
        {% do run_query(
            "delete from " ~ build_record_relation()
            ~ " where invocation_id != " ~ literal(invocation_id)
        ) %}
    {% endif %}
{%- endmacro %}


{#- No row of a Parquet table can be changed: one that ends, with its results, is added. -#}
{% macro spark__record_results(statuses) -%}
    {% do run_query(
        "insert into " ~ build_record_relation()
        ~ " select number, invocation_id, started_at, vars, settings, nodes, selected, "
        ~ literal(tojson(statuses, sort_keys=true)) ~ " from " ~ build_record_relation()
        ~ " where invocation_id = " ~ literal(invocation_id)
    ) %}
{%- endmacro %}
