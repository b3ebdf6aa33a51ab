{#- dbt-spark runs only the hooks inside of a transaction; Spark has none, so all are. -#}
{% macro run_hooks(hooks, inside_transaction=true) -%}
    {% set ours = [] %}
    {% for hook in hooks %}
        {% do ours.append(
            dict(hook, transaction=true) if target.type == "spark" else hook
        ) %}
    {% endfor %}
    {{ dbt.run_hooks(ours, inside_transaction) }}
{%- endmacro %}
