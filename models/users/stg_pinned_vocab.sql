{{ config(materialized="view") }}

{% if setting("pinned_vocab") is none -%}
    select
        cast(null as {{ engine_type(setting("item_id_type")) }}) as course_id,
        cast(null as bigint) as item_id
    where false
{%- else -%}
    select
        course_id,
        item_id
    from ({{ pinned_courses() }}) as courses
{%- endif %}
