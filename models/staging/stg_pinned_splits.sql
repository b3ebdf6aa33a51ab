{{ config(materialized="view") }}

{% set path = setting("pinned_splits") -%}

{% if path is none -%}
    select
        cast(null as {{ setting("user_id_type") }}) as user_id,
        cast(null as varchar) as split
    where false
{%- else -%}
    select
        {{ parse_id(text_column("user_id"), setting("user_id_type")) }} as user_id,
        {{ text_column("split") }} as split
    from {{ scan_file(path) }}
{%- endif %}
