{% macro prefix_frame_bound() -%}
    {{ setting("max_prefix_len") or "unbounded" }}
{%- endmacro %}


{% macro prefix_start(position) -%}
    {%- if setting("max_prefix_len") -%}
        greatest({{ position }} - {{ setting("max_prefix_len") }}, 0)
    {%- else -%}
        cast(0 as bigint)
    {%- endif -%}
{%- endmacro %}
