{% macro json_value(name) -%}
    {{ adapter.dispatch("json_value")(name) }}
{%- endmacro %}

{#- Where a text that is not JSON is in place of the object, the value is null. -#}
{% macro duckdb__json_value(name) -%}
    {%- set parts = name.split(".") -%}
    {%- if parts | length > 1 -%}
        coalesce(
            {{ quoted(name) }},
            try({{ quoted(parts[0]) }} ->> {{ literal(_json_path(parts[1:])) }})
        )
    {%- else -%} {{ quoted(name) }}
    {%- endif -%}
{%- endmacro %}

{#- Only what a line has is a column. -#}
{% macro spark__json_value(name) -%}
    {%- set parts, present = name.split("."), {} -%}
    {%- if parts | length > 1 and is_recorded_command() -%}
        {%- for column in described(scan_file(input_path(), setting("csv"))) -%}
            {%- do present.update({column[0]: column[1]}) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if name in present and present.get(parts[0], "").startswith("struct") -%}
        coalesce(
            {{ quoted(name) }},
            get_json_object(
                to_json({{ quoted(parts[0]) }}),
                {{ literal("$['" ~ parts[1:] | join("']['") ~ "']") }}
            )
        )
    {%- elif name in present -%} {{ quoted(name) }}
    {%- else -%}
        {%- for part in parts -%}
            {{ quoted(part) }}{{ "." if not loop.last }}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}

{% macro _json_path(parts) -%}
    {{ return('$."' ~ parts | join('"."') ~ '"' if parts else "$") }}
{%- endmacro %}
