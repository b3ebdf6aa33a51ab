{#- No value of the columns is null; for views, which have no constraints. -#}
{% test not_null_columns(model, columns) %}

    select {{ columns | join(", ") }}
    from {{ model }}
    where {{ columns | join(" is null or ") }} is null

{% endtest %}
