{{ config(materialized="view") }}

{% set path = setting("pinned_splits") -%}

{% if path is none -%}
    select
        cast(null as {{ engine_type(setting("user_id_type")) }}) as user_id,
        cast(null as string) as split
    where false
{%- else -%}
    select
        {{ parse_id("user_id", setting("user_id_type")) }} as user_id,
        cast(split as string) as split
    from {{ scan_file(path, default_csv()) }}
{%- endif %}
