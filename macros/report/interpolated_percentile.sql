{#- numpy.quantile's default method, written out because the engines' own functions
    differ in the last digit. -#}
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
