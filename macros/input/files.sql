{% macro raw_events_path() -%}
    {{ return(setting("raw_events") or "seeds/sample_events.csv") }}
{%- endmacro %}


{% macro is_parquet(path) -%}
    {{ return(path.lower().endswith(".parquet")) }}
{%- endmacro %}
