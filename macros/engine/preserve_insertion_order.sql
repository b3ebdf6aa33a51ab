{#- For each file that it reads in order, DuckDB holds about 30 KB, which it cannot
    write to disk. -#}
{% macro preserve_insertion_order(is_kept) -%}
    {{ adapter.dispatch("preserve_insertion_order")(is_kept) }}
{%- endmacro %}

{% macro duckdb__preserve_insertion_order(is_kept) -%}
    set preserve_insertion_order = {{ is_kept | lower }}
{%- endmacro %}

{#- Spark never does. -#}
{% macro spark__preserve_insertion_order(is_kept) -%} {%- endmacro %}
