{{ config(materialized="view") }}

select
    {% for name, column in input_columns().items() -%}
        {{ text_column(column) }} as {{ name }}{{ "," if not loop.last }}
    {% endfor %}
from {{ scan_file(raw_events_path()) }}
