{%- set paths = [raw_events_path()] -%}
{%- if setting("pinned_splits") -%}
    {%- do paths.append(setting("pinned_splits")) -%}
{%- endif -%}

{% for path in paths -%}
    {{ files_at(path) }}
    {{ "union all" if not loop.last }}
{% endfor %}
