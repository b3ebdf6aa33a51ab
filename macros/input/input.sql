{% macro scan_input() -%}
    {%- if is_relation() -%} {{ _input_relation() }}
    {%- else -%}
        {{ scan_file(
            input_path(), setting("csv"), _input_fields(), "_input_file", _are_alike()
        ) }}
    {%- endif -%}
{%- endmacro %}


{#- Whether the files are many and all of one kind. -#}
{% macro _are_alike() -%}
    {% if not has_many_files() or file_kind(input_path()) != "csv" %}
        {{ return(false) }}
    {% endif %}
    {{ return(run_query(
        "select count(distinct kind) from ("
        ~ kinds_of_files(input_path(), setting("csv"), used_columns()) ~ ") as files"
    ).columns[0].values()[0] == 1) }}
{%- endmacro %}


{% macro has_many_files() -%}
    {% if not is_recorded_command() or is_relation() %}
        {{ return(false) }}
    {% endif %}
    {{ return(paths_at(input_path(), few_files() + 1) | length > few_files()) }}
{%- endmacro %}


{#- The names to read, where the files do not give them: without a header all up to the
    last one used, of JSON lines those used, and the objects they may be in. -#}
{% macro _input_fields() -%}
    {% set fields, numbers = [], [0] %}
    {% for _, column in used_columns() %}
        {% if column is number %}
            {% do numbers.append(column) %}
        {% else %}
            {% do fields.extend([column, column.split(".")[0]]) %}
        {% endif %}
    {% endfor %}
    {% for number in range(1, numbers | max + 1) %}
        {% do fields.append(column_by_number(number)) %}
    {% endfor %}
    {{ return(fields | unique(true) | list) }}
{%- endmacro %}


{#- The name of a model or seed has no dot, and dbt builds it first; the others exist. -#}
{% macro _input_relation() -%}
    {% set name = raw_events_path()[9:] %}
    {% if "." not in name %}
        {{ return(ref(name)) }}
    {% endif %}
    {% for source in graph.get("sources", {}).values()
        if source.source_name ~ "." ~ source.name == name %}
        {{ return(source.relation_name) }}
    {% endfor %}
    {% set parts = name.split(".") %}
    {{ return(api.Relation.create(
        database=parts[-3] if parts | length > 2 else target.database | default(none),
        schema=parts[-2],
        identifier=parts[-1],
    )) }}
{%- endmacro %}


{#- Checked here if it is a relation; files are checked on run start. Empty if dbt
    builds nothing now. -#}
{% macro input_columns() -%}
    {% if not is_relation() and file_kind(input_path()) == "json" %}
        {{ return(none) }}
    {% elif not is_recorded_command() %}
        {{ return([]) }}
    {% elif is_relation() %}
        {{ return(_relation_columns(_input_relation())) }}
    {% endif %}
    {% set first = only_file(paths_at(input_path(), 1)[0]) %}
    {{ return(described(scan_file(first, setting("csv"))) | map(attribute=0) | list) }}
{%- endmacro %}


{% macro described(relation) -%}
    {{ return(run_query("describe select * from " ~ relation).rows) }}
{%- endmacro %}


{% macro _relation_columns(relation) -%}
    {% set name, parts = raw_events_path(), (relation | string).split(".") %}
    {% set is_named = relation is not string and "." in name %}
    {% for node in graph.nodes.values() if is_named and node.resource_type == "model"
        and node.relation_name == relation | string %}
        {% do exceptions.raise_compiler_error("raw_events: '" ~ name ~ "' is a model of "
            ~ "this project; set raw_events: relation:" ~ node.name
            ~ ", so that it is built first") %}
    {% endfor %}
    {% if is_named and load_relation(relation) is none %}
        {% do exceptions.raise_compiler_error("raw_events: '" ~ name ~ "': no such table, "
            ~ "view or dbt source; use relation:<model or seed>, relation:<source>.<table>"
            ~ ", relation:<schema>.<table> or relation:<database>.<schema>.<table>") %}
    {% endif %}
    {% set present = described(relation) %}
    {% do check_columns("raw_events: '" ~ name ~ "' ", name, present, present
        | map(attribute=0) | map("lower") | list, used_columns(), {}) %}
    {{ return(present | map(attribute=0) | list) }}
{%- endmacro %}
