{% macro support_of(things) -%}
    {{ list_slice(things, 1, setting("episode_k")) }}
{%- endmacro %}


{% macro query_of(things) -%}
    {% set k, q = setting("episode_k"), setting("episode_q") %}
    {{- list_slice(things, k + 1, k + q) -}}
{%- endmacro %}
