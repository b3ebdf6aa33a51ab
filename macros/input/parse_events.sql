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


{% macro parse_timestamp(column) -%}
    {%- set text = _as_text(column) -%}
    {%- set date = "[0-9]{4}-[0-9]{2}-[0-9]{2}" -%}
    {%- set time = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?" -%}
    {%- set zone = "(Z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)" -%}
    {%- set local = date ~ "([ T]" ~ time ~ ")?" -%}
    {%- set zoned = date ~ "[ T]" ~ time ~ zone -%}
    case
        when upper(typeof({{ column }})) = 'TIMESTAMP'
            then try_cast({{ column }} as timestamp)
        when {{ full_match(text, local) }} then try_cast({{ text }} as timestamp)
        when {{ full_match(text, zoned) }} then {{ read_zoned_timestamp(text) }}
        when {{ full_match(text, "-?[0-9]{1,15}([.][0-9]+)?") }}
            then {{ timestamp_of_microseconds(_epoch_microseconds(text)) }}
    end
{%- endmacro %}


{#- 100,000,000,000 and more are milliseconds: as seconds they would be after the year
    5100, as milliseconds they are after March 1973. -#}
{% macro _epoch_microseconds(text) -%}
    {%- set number -%}
        cast(regexp_extract({{ text }}, '^-?[0-9]+([.][0-9]{1,6})?', 0) as decimal(38, 6))
    {%- endset -%}
    cast(floor(
        {{ number }} * case when abs({{ number }}) < 100000000000 then 1000000 else 1000 end
    ) as bigint)
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


{% macro _as_text(column) -%}
    cast({{ column }} as string)
{%- endmacro %}


{% macro _blanks() -%}
    {{ return("[ \\t\\n\\x0b\\f\\r]*") }}
{%- endmacro %}
