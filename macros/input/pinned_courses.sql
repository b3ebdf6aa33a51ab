{% macro pinned_courses() -%}
    select
        {{ parse_id("name", setting("item_id_type")) }} as course_id,
        case
            when {{ full_match("value", "0|[1-9][0-9]{0,17}") }}
                then cast(value as bigint)
        end as item_id,
        name as course_given,
        value as item_given
    from ({{ json_entries(setting("pinned_vocab")) }}) as entries
{%- endmacro %}
