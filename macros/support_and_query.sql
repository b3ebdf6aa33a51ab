{#- An episode's K + Q things in time order: the first K are support, the rest query. -#}

{% macro support_of(things) -%}
    {{ slice_of(things, 1, setting("episode_k")) }}
{%- endmacro %}


{% macro query_of(things) -%}
    {% set k, q = setting("episode_k"), setting("episode_q") %}
    {{- slice_of(things, k + 1, k + q) -}}
{%- endmacro %}
