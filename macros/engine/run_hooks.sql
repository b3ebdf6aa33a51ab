{#- dbt-spark skips hooks outside a transaction; Spark has none, so run all hooks. -#}
{% macro run_hooks(hooks, inside_transaction=true) -%}
    {% set ours = [] %}
    {% for hook in hooks %}
        {% do ours.append(
            dict(hook, transaction=true) if target.type == "spark" else hook
        ) %}
    {% endfor %}
    {{ dbt.run_hooks(ours, inside_transaction) }}
{%- endmacro %}
