{#- A record of every build, in each dataset's schema: one row per dbt invocation that
    touched it. scripts/export.py replays it and refuses a build that failed, was
    interrupted, is stale or mixes settings. -#}

{% macro record_start() -%}
    {% if is_recorded_command() %}
        {% do _create_build_record() %}
        {% set settings = dict(resolved_settings(), empty=true if flags.EMPTY else false) %}
        {% set given = {} %}
        {% for name, value in invocation_args_dict.get("vars", {}).items() %}
            {% do given.update({name: as_written(value)}) %}
        {% endfor %}
        {% set versions = {
            "dbt": dbt_version,
            "engine": run_query("select version()").columns[0].values()[0],
        } %}
        {#- Across datasets, so that the one built last is known without a clock. -#}
        {% set numbers = [] %}
        {% for record in build_records(_build_record()) %}
            {% do numbers.append("select number from " ~ record) %}
        {% endfor %}
        {% do run_query(
            "insert into " ~ _build_record()
            ~ " select coalesce(max(number), 0) + 1, "
            ~ literal(invocation_id) ~ ", cast("
            ~ literal(run_started_at.strftime("%Y-%m-%d %H:%M:%S.%f")) ~ " as timestamp), "
            ~ literal(tojson(given, sort_keys=true)) ~ ", "
            ~ literal(tojson(settings, sort_keys=true)) ~ ", "
            ~ literal(tojson(versions, sort_keys=true)) ~ ", "
            ~ literal(tojson(_recorded_nodes(), sort_keys=true)) ~ ", "
            ~ literal(tojson(selected_resources | sort)) ~ ", cast(null as string) from ("
            ~ numbers | join(" union all ") ~ ") as numbered"
        ) %}
    {% endif %}
{%- endmacro %}


{% macro record_end(results) -%}
    {% if is_recorded_command() %}
        {% do _create_build_record() %}
        {% set statuses = {} %}
        {% for result in results %}
            {% do statuses.update({result.node.unique_id: result.status | string}) %}
        {% endfor %}
        {% do record_results(
            _build_record(),
            tojson(statuses, sort_keys=true),
            _recorded_nodes() | reject("in", statuses) | list == []
        ) %}
    {% endif %}
{%- endmacro %}


{#- dbt retry runs under the name of the command it repeats. -#}
{% macro is_recorded_command() -%}
    {{ return(execute and flags.WHICH in ["build", "run", "test"]) }}
{%- endmacro %}


{#- dbt retry does not expose its selection, so assume every node was selected. -#}
{% macro is_selected(node) -%}
    {{ return(not selected_resources or node in selected_resources) }}
{%- endmacro %}


{% macro _build_record() -%}
    {{ return(api.Relation.create(
        database=target.database | default(none), schema=var("dataset"), identifier="build_record"
    )) }}
{%- endmacro %}


{% macro _create_build_record() -%}
    {#- an earlier version's record lacks versions; its build cannot be published -#}
    {% if load_relation(_build_record()) is not none
        and "versions" not in
            run_query("select * from " ~ _build_record() ~ " limit 0").column_names %}
        {% do run_query("drop table " ~ _build_record()) %}
    {% endif %}
    {% do run_query(
        "create table if not exists " ~ _build_record()
        ~ " (number bigint, invocation_id string, started_at timestamp, vars string,"
        ~ " settings string, versions string, nodes string, selected string,"
        ~ " results string)"
    ) %}
{%- endmacro %}


{#- Models and data tests, each with the nodes it depends on. -#}
{% macro _recorded_nodes() -%}
    {% set nodes = {} %}
    {% for node in graph.nodes.values() if node.resource_type in ["model", "test"] %}
        {% do nodes.update({node.unique_id: node.depends_on.nodes}) %}
    {% endfor %}
    {{ return(nodes) }}
{%- endmacro %}
