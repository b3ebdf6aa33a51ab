{% macro read_pattern(text, read) -%}
    {{ adapter.dispatch("read_pattern")(text, read) }}
{%- endmacro %}

{#- With a zone DuckDB returns a timestamp with one. It reads day 366 of a shorter year as
    the next year's first. -#}
{% macro duckdb__read_pattern(text, read) -%}
    {%- set time -%} try_strptime({{ text }}, {{ literal(read.strptime) }}) {%- endset -%}
    {%- if "z" in read.used or "Z" in read.used -%} timezone('UTC', {{ time }})
    {%- elif "j" in read.used -%}
        case
            when
                extract(doy from {{ time }})
                = cast(regexp_extract({{ text }}, {{ literal(read.expression) }}, 1) as bigint)
                then {{ time }}
        end
    {%- else -%} {{ time }}
    {%- endif -%}
{%- endmacro %}

{#- Java reads years of two digits as 2000 to 2099, strptime as 1969 to 2068. -#}
{% macro spark__read_pattern(text, read) -%}
    {%- set time -%} try_to_timestamp({{ text }}, {{ literal(read.java) }}) {%- endset -%}
    {%- if "y" in read.used -%}
        case
            when extract(year from {{ time }}) >= 2069 then {{ time }} - interval '100' year
            else {{ time }}
        end
    {%- else -%} {{ time }}
    {%- endif -%}
{%- endmacro %}
