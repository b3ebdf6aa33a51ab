{#- An episode's K + Q things in time order: the first K are support, the rest query. -#}

{% macro support_of(things) -%}
    {{ things }}[1:{{ setting("episode_k") }}]
{%- endmacro %}


{% macro query_of(things) -%}
    {{ things }}[{{ setting("episode_k") + 1 }}:]
{%- endmacro %}
