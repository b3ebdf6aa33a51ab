-- the file is recorded before it is read
-- depends_on: {{ ref("input_files") }}

{% set columns = items_columns() -%}
{% if not columns -%}
    select cast(null as {{ engine_type(setting("item_id_type")) }}) as course_id
    where false
{%- else -%}
    with items_scanned as (

        select * from {{ scan_items() }}

    ),

    courses_read as (

        select
            {% for column in columns if column.is_course -%}
                {{ parse_id(column.source, setting("item_id_type")) }} as course_id
            {%- endfor %}
            {%- for column in columns if not column.is_course -%},
                {{ without_null_markers("cast(" ~ column.source ~ " as string)") }}
                    as {{ quoted(column.name) }}
            {%- endfor %}
        from items_scanned

    ),

    unreadable_courses_removed as (

        select * from courses_read where course_id is not null

    )

    select * from unreadable_courses_removed
{%- endif %}
