{#- A prefix: the items before a label, the last max_prefix_len of them if that is set. -#}

{% macro prefix_frame_bound() -%}
    {{ setting("max_prefix_len") or "unbounded" }}
{%- endmacro %}


{#- Position of the first item in the prefix of the item at a position. -#}
{% macro prefix_start(position) -%}
    {%- if setting("max_prefix_len") -%}
        greatest({{ position }} - {{ setting("max_prefix_len") }}, 0)
    {%- else -%}
        cast(0 as bigint)
    {%- endif -%}
{%- endmacro %}
