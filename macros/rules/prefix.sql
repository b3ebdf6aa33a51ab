{#- A prefix: the items before a label, the last max_prefix_len of them where that is set.
    As a window frame, and as a slice of a list. -#}

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


{#- The prefixes of several labels, cut from a list of the items from position `first` on
    (why not gathered: docs/decisions/0013). -#}
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
