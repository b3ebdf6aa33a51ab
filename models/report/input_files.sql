{%- set paths = [raw_events_path()] -%}
{%- if setting("pinned_splits") -%}
    {%- do paths.append(setting("pinned_splits")) -%}
{%- endif -%}

select
    filename as path,
    size as bytes,
    epoch_us(last_modified) as modified_at_us
from read_blob([{% for path in paths %}{{ literal(path) }}, {% endfor %}])
