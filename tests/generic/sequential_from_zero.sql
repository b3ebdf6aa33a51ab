{#- The column numbers the rows 0, 1, 2 … without a hole or a repeat; within each value
    of another column where one is given. -#}
{% test sequential_from_zero(model, column_name, within=none) %}

    select
        {{ within or "1" }} as numbered_within,
        count(*) as n_rows
    from {{ model }}
    group by {{ within or "1" }}
    having
        min({{ column_name }}) != 0
        or max({{ column_name }}) != count(*) - 1
        or count(distinct {{ column_name }}) != count(*)

{% endtest %}
