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


{#- Cut from a list, not gathered: docs/decisions/0013. -#}
{% macro prefixes_of(positions, items, first) -%}
    {{ list_map(
        positions, "p",
        list_slice(items, prefix_start("p") ~ " - " ~ first ~ " + 1", "p - " ~ first)
    ) }}
{%- endmacro %}


{% macro items_at(positions, items, first) -%}
    {{ list_map(positions, "p", list_get(items, "p - " ~ first ~ " + 1")) }}
{%- endmacro %}


{% macro prefix_starts(positions) -%}
    {{ list_map(positions, "p", prefix_start("p")) }}
{%- endmacro %}
