{%- set paths = [] if is_relation() else [input_path()] -%}
{%- if setting("pinned_splits") -%}
    {%- do paths.append(setting("pinned_splits")) -%}
{%- endif -%}

{% for path in paths -%}
    {{ files_at(path) }}
    {{ "union all" if not loop.last }}
{% else -%}
    select
        cast(null as string) as path,
        cast(null as bigint) as bytes,
        cast(null as bigint) as modified_at_us
    where false
{%- endfor %}
