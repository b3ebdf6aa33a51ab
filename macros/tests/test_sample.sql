{#- A constant, so that the views compute no prefixes for other users. -#}
{% macro test_sample(column="user_id") -%}
    {%- set users = ref("int_user_totals") -%}
    {%- if execute and setting("tested_pairs") and load_relation(users) is not none -%}
        {%- set last = run_query(
            "select cast(max(user_id) as string) from " ~ users
            ~ " where first_pair_id < " ~ setting("tested_pairs")
        ).columns[0].values()[0] -%}
        {{ column }} <= cast({{ literal(last) }} as {{ engine_type(setting("user_id_type")) }})
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}
