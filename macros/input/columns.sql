{% macro input_column(name) -%}
    {%- set column = setting("columns")[name] -%}
    {%- if column is none -%} cast(null as string)
    {%- else -%} {{ quoted(column) }}
    {%- endif -%}
{%- endmacro %}


{% macro quoted(name) -%}
    {%- set mark = adapter.quote("")[0] -%}
    {{ adapter.quote(name | replace(mark, mark ~ mark)) }}
{%- endmacro %}


{#- Read without a header: DuckDB would rename the second of two user_id to user_id_1.
    None for a Parquet file without rows. -#}
{% macro _file_column_names(file) -%}
    {% if is_parquet(file) %}
        {% set names = run_query(parquet_names(file)).columns[0].values() %}
    {% else %}
        {% set names = run_query(
            "select * from " ~ scan_file(file, header=false) ~ " limit 1"
        ).rows[0].values() %}
    {% endif %}
    {{ return(names | map("default", "", true) | map("trim") | map("lower") | list) }}
{%- endmacro %}


{#- The allowed types of each Parquet column, by our name. A CSV's is always text. -#}
{% macro _allowed_types(name) -%}
    {{ return({
        "user_id": ["text", "whole numbers"],
        "item_id": ["text", "whole numbers"],
        "created_at": ["text", "numbers", "times"],
        "watch_percentage": ["text", "numbers"],
        "rating": ["text", "numbers"],
        "split": ["text"],
    }[name]) }}
{%- endmacro %}


{#- In the terms of _allowed_types; the type itself if none applies. -#}
{% macro _type_in_words(type, allowed) -%}
    {% set called, matches = type | upper, modules.re.fullmatch %}
    {% if matches('"NULL"|VOID', called) %} {{ return("nulls") }}
    {% elif matches("VARCHAR|STRING|ENUM.*|UUID", called) %} {{ return("text") }}
    {% elif matches("U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|INT|DECIMAL.*,0.", called) %}
        {{ return("whole numbers" if "whole numbers" in allowed else "numbers") }}
    {#- 24 bits: a time of today would be off by up to a minute, as it was written -#}
    {% elif called == "FLOAT" and "times" in allowed %}
        {{ return("FLOAT, which has lost digits of the time") }}
    {% elif matches("FLOAT|DOUBLE|DECIMAL.*", called) and "numbers" in allowed %}
        {{ return("numbers") }}
    {% elif matches("DATE|TIMESTAMP.*", called) %} {{ return("times") }}
    {% else %} {{ return(type) }}
    {% endif %}
{%- endmacro %}
