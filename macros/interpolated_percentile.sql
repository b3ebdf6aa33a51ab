{#- A percentile of counted values, interpolated linearly between the two nearest ranks
    (as numpy.quantile does by default), in a group over rows of value (ascending once
    each), n_up_to (how many values are no larger) and n_values (how many there are).
    By hand: the values come counted, and the engines' own functions differ in the last
    digit. -#}
{% macro interpolated_percentile(percent) -%}
    {%- set rank = percent ~ " * (n_values - 1)" -%}
    {%- set lower -%}
        min(case when n_up_to > floor({{ rank }} / 100) then value end)
    {%- endset -%}
    {%- set upper -%}
        min(case when n_up_to > ceil({{ rank }} / 100) then value end)
    {%- endset -%}
    {{ lower }} + ({{ upper }} - {{ lower }}) * max({{ rank }} % 100) / cast(100 as double)
{%- endmacro %}
