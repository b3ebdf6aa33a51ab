select
    {% for name in input_columns() -%}
        {{ name }}_given as {{ name }},
    {% endfor -%}
    reason
from {{ ref("base_events") }}
where reason is not null
