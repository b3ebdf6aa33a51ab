{#- Reading one value of the input. Each gives null where it cannot be read. A value of
    the type asked for is taken as it is: to write it as text and read that takes about
    ten times as long. -#}

{% macro blanks() -%}
    {{ return("[ \\t\\n\\x0b\\f\\r]*") }}
{%- endmacro %}


{% macro parse_id(column, type) -%}
    {%- set text = as_text(column) -%}
    {%- if type == "bigint" -%}
        case
            when upper(typeof({{ column }})) = 'BIGINT' then try_cast({{ column }} as bigint)
            when {{ full_match(text, blanks() ~ "[+-]?[0-9]+" ~ blanks()) }}
                then try_cast({{ text }} as bigint)
        end
    {%- else -%}
        case when not {{ is_blank(column) }} then {{ text }} end
    {%- endif -%}
{%- endmacro %}


{% macro as_text(column) -%}
    cast({{ column }} as string)
{%- endmacro %}


{% macro is_blank(column) -%}
    coalesce({{ full_match(as_text(column), blanks()) }}, true)
{%- endmacro %}


{#- Finite, and never -0, which sorts like 0 and is written otherwise. -#}
{% macro parse_number(column) -%}
    {%- set text = as_text(column) -%}
    {%- set number -%} try_cast({{ text }} as double) {%- endset -%}
    case
        when
            {{ full_match(
                text,
                blanks() ~ "[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?" ~ blanks()
            ) }}
            and abs({{ number }}) < cast('infinity' as double)
            then {{ number }} + 0
    end
{%- endmacro %}


{#- A timestamp, UTC: from a timestamp, from ISO 8601 text (date alone, or with T or a
    blank and a time; fraction; Z or an offset) or from epoch seconds or milliseconds. -#}
{% macro parse_timestamp(column) -%}
    {%- set text = as_text(column) -%}
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
            then {{ timestamp_of_microseconds(epoch_microseconds(text)) }}
    end
{%- endmacro %}


{#- 100,000,000,000 and more are milliseconds: as seconds they would lie after the year
    5100, as milliseconds they lie after March 1973. -#}
{% macro epoch_microseconds(text) -%}
    {%- set number -%}
        cast(regexp_extract({{ text }}, '^-?[0-9]+([.][0-9]{1,6})?', 0) as decimal(38, 6))
    {%- endset -%}
    cast(floor(
        {{ number }} * case when abs({{ number }}) < 100000000000 then 1000000 else 1000 end
    ) as bigint)
{%- endmacro %}


{% macro reject_reason(column, is_read) -%}
    case
        when {{ is_read }} then null
        when {{ is_blank(column) }} then 'missing {{ column }}'
        else 'unreadable {{ column }}'
    end
{%- endmacro %}


{#- Whole seconds since 1970-01-01 UTC, floored, before 1970 too. -#}
{% macro epoch_seconds(ts) -%}
    {{ adapter.dispatch("epoch_seconds")(ts) }}
{%- endmacro %}

{% macro duckdb__epoch_seconds(ts) -%}
    epoch_us(date_trunc('second', {{ ts }})) // 1000000
{%- endmacro %}

{% macro spark__epoch_seconds(ts) -%}
    unix_seconds({{ ts }})
{%- endmacro %}


{% macro timestamp_of_microseconds(microseconds) -%}
    {{ adapter.dispatch("timestamp_of_microseconds")(microseconds) }}
{%- endmacro %}

{% macro duckdb__timestamp_of_microseconds(microseconds) -%}
    make_timestamp({{ microseconds }})
{%- endmacro %}

{% macro spark__timestamp_of_microseconds(microseconds) -%}
    timestamp_micros({{ microseconds }})
{%- endmacro %}


{#- A timestamp in UTC, of text that ends in a zone. Spark's timestamps all are in UTC. -#}
{% macro read_zoned_timestamp(text) -%}
    {{ adapter.dispatch("read_zoned_timestamp")(text) }}
{%- endmacro %}

{% macro duckdb__read_zoned_timestamp(text) -%}
    timezone('UTC', try_cast({{ text }} as timestamptz))
{%- endmacro %}

{% macro spark__read_zoned_timestamp(text) -%}
    try_cast({{ text }} as timestamp)
{%- endmacro %}


{#- Whether a pattern matches a text from its start to its end. -#}
{% macro full_match(text, pattern) -%}
    {{ adapter.dispatch("full_match")(text, pattern) }}
{%- endmacro %}

{% macro duckdb__full_match(text, pattern) -%}
    regexp_full_match({{ text }}, {{ literal(pattern) }})
{%- endmacro %}

{% macro spark__full_match(text, pattern) -%}
    {{ text }} rlike {{ literal("^(?:" ~ pattern ~ ")\\z") }}
{%- endmacro %}
