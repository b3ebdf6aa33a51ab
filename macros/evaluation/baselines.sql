{#- In the order of the report, which decides between equal ones. -#}
{% macro baselines() -%}
    {{ return([
        "random", "popularity", "recency", "markov", "next_item", "markov_next_item"
    ]) }}
{%- endmacro %}
