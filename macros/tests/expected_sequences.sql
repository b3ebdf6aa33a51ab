{#- Two sessions of a user never share a time. -#}
{% macro events_in_order() -%}
    partition by user_id order by ts, pos_in_sess
{%- endmacro %}


{% macro expected_sequences(where="true") -%}
    with events_compared as (

        select
            user_id,
            item_id,
            ts,
            ts_epoch,
            pos_in_sess,
            lag(item_id) over events_in_order as previous_item_id
        from {{ ref("events_sessionized") }}
        where {{ where }}
        window events_in_order as ({{ events_in_order() }})

    ),

    repeats_removed as (

        select *
        from events_compared
        {% if setting("deduplicate_consecutive") -%}
            where previous_item_id is null or item_id != previous_item_id
        {%- endif %}

    ),

    labels_flagged as (

        select
            user_id,
            row_number() over items_in_order - 1 as position,
            item_id,
            ts,
            ts_epoch,
            coalesce(lag(ts) over items_in_order < ts, false) as is_label
        from repeats_removed
        window items_in_order as ({{ events_in_order() }})

    )

    select * from labels_flagged
{%- endmacro %}
