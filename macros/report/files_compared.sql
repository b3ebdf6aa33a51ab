{#- Which files report_repeated_rows compares, and how: a hash table of every row of a
    large input would not fit in memory. -#}
{% macro files_compared() -%}
    {% set files, by_size = [], {} %}
    {% if is_recorded_command() and not is_relation() %}
        {% set files = run_query(
            "select path, bytes from (" ~ files_at(input_path()) ~ ") as files order by path"
        ).rows %}
    {% endif %}
    {% for path, bytes in files %}
        {% do by_size.setdefault(bytes, []).append(literal(path)) %}
    {% endfor %}
    {% set alike = by_size.values() | selectattr(1, "defined") | sum(start=[]) %}
    {% set is_small = 1 < files | length and files | sum(1) <= 10 ** 8 %}
    {{ return({
        "n_files": files | length,
        "by": "rows" if is_small else "files",
        "files": alike,
    }) }}
{%- endmacro %}


{% macro row_as_text() -%}
    {%- for column in ["user_id", "item_id", "created_at", "watch_percentage", "rating"] -%}
        coalesce(cast({{ column }} as string), '') || '|'{{ " || " if not loop.last }}
    {%- endfor -%}
{%- endmacro %}
