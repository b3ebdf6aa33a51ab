{#- A percentile of counted values, interpolated linearly between the two nearest ranks
    (as numpy.quantile does by default), in a group over rows of value (ascending once
    each), n_up_to (how many values are no larger) and n_values (how many there are).
    By hand, as the engines' own functions differ in the last digit. -#}
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


{#- What a percentile is made of: from rows of a group, value and n (how often it is met),
    the value with n_up_to and n_values in its group. -#}
{% macro ranks_within(column, counted) -%}
    select
        {{ column }},
        value,
        sum(n) over (partition by {{ column }} order by value) as n_up_to,
        sum(n) over (partition by {{ column }}) as n_values
    from {{ counted }}
{%- endmacro %}
