{% macro baselines() -%}
    {{ return([
        "random", "popularity", "recency", "markov", "next_item", "markov_next_item"
    ]) }}
{%- endmacro %}


{% macro place_in_report(baseline) -%}
    case {{ baseline }}
        {%- for name in baselines() %} when '{{ name }}' then {{ loop.index }}
        {%- endfor %} end
{%- endmacro %}
