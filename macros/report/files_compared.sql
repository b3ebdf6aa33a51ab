{#- A hash table of every row of a large input would not fit in memory. -#}
{% macro files_compared() -%}
    {% set n_files, n_bytes, n_alike, alike = 0, 0, 0, none %}
    {% if is_recorded_command() and not is_relation() %}
        {% set sized = "(select path, bytes, count(*) over (partition by bytes) as n_same "
            ~ "from (" ~ files_at(input_path()) ~ ") as files) as files_sized" %}
        {% set alike = "select path from " ~ sized ~ " where n_same > 1" %}
        {% set n_files, n_bytes, n_alike = run_query(
            "select count(*), sum(bytes), count(case when n_same > 1 then 1 end) from "
            ~ sized
        ).rows[0] %}
    {% endif %}
    {{ return({
        "n_files": n_files,
        "by": "rows" if n_files > 1 and n_bytes <= 10 ** 8 else "files",
        "files": alike if n_alike else none,
    }) }}
{%- endmacro %}


{% macro row_as_text() -%}
    {%- for column in ["user_id", "item_id", "created_at", "watch_percentage", "rating"] -%}
        coalesce(cast({{ column }} as string), '') || '|'{{ " || " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
