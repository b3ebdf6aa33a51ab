{#- Each reads one value of the input; null if it cannot be read. A value that already
    has the type is used as is: converting it to text and back takes about ten times as
    long. -#}

{% macro parse_id(column, type) -%}
    {%- set text = _as_text(column) -%}
    {%- if type == "bigint" -%}
        case
            when upper(typeof({{ column }})) = 'BIGINT' then try_cast({{ column }} as bigint)
            when {{ full_match(text, _blanks() ~ "[+-]?[0-9]+" ~ _blanks()) }}
                then try_cast({{ text }} as bigint)
        end
    {%- else -%}
        case when not {{ is_blank(column) }} then {{ text }} end
    {%- endif -%}
{%- endmacro %}


{#- 007 and 7 are one id. -#}
{% macro id_spelling(column, type, id) -%}
    {%- if type == "bigint" -%}
        case
            when upper(typeof({{ column }})) <> 'BIGINT'
                and {{ _as_text(column) }} <> cast({{ id }} as string)
                then {{ _as_text(column) }}
        end
    {%- else -%} cast(null as string)
    {%- endif -%}
{%- endmacro %}


{#- -0 would sort like 0 but be written differently. -#}
{% macro parse_number(column) -%}
    {%- set text = _as_text(column) -%}
    {%- set number -%} try_cast({{ text }} as double) {%- endset -%}
    case
        when
            {{ full_match(
                text,
                _blanks() ~ "[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?"
                ~ _blanks()
            ) }}
            and abs({{ number }}) < cast('infinity' as double)
            then {{ number }} + 0
    end
{%- endmacro %}


{% macro reject_reasons(ts="ts_read") -%}
    nullif(
        concat_ws(
            '; ',
            {{ reject_reason("user_id", "user_id_read is not null") }},
            {{ reject_reason("item_id", "item_id_read is not null") }},
            {{ reject_reason(
                "created_at", "extract(year from " ~ ts ~ ") between 1 and 9999"
            ) }}
        ),
        ''
    )
{%- endmacro %}


{% macro reject_reason(column, is_read) -%}
    case
        when {{ is_read }} then null
        when {{ is_blank(column) }} then 'missing {{ column }}'
        else 'unreadable {{ column }}'
    end
{%- endmacro %}


{% macro is_blank(column) -%}
    coalesce({{ full_match(_as_text(column), _blanks()) }}, true)
{%- endmacro %}


{% macro is_like_null(id) -%}
    lower(trim({{ id }})) in (
        {%- for marker in ["\\n", "null", "na", "n/a", "none", "nan", "nil"] -%}
            {{ literal(marker) }} {{- ", " if not loop.last }}
        {%- endfor -%}
    )
{%- endmacro %}


{% macro stands_for_no_time(column) -%}
    cast({{ column }} as string) in ('0', '-1', '0.0', '-1.0')
{%- endmacro %}


{% macro _as_text(column) -%}
    cast({{ column }} as string)
{%- endmacro %}


{% macro _blanks() -%}
    {{ return("[ \\t\\n\\x0b\\f\\r]*") }}
{%- endmacro %}
