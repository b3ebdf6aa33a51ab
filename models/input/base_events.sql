with raw_events as (

    select * from {{ ref("raw_events") }}

),

values_read as (

    select
        *,
        {{ parse_id("user_id", setting("user_id_type")) }} as user_id_read,
        {{ parse_id("item_id", setting("item_id_type")) }} as item_id_read,
        {{ parse_timestamp("created_at") }} as ts_read,
        {{ parse_number("watch_percentage") }} as watch_percentage_read,
        {{ parse_number("rating") }} as rating_read
    from raw_events

),

reasons_assigned as (

    select
        *,
        {{ reject_reasons() }} as reason
    from values_read

),

events_read as (

    select
        ---------- what was given, for rejected rows
        {% for name in setting("columns") -%}
            case
                when reason is not null then cast({{ name }} as string)
            end as {{ name }}_given,
        {% endfor -%}
        reason,

        ---------- ids
        user_id_read as user_id,
        item_id_read as course_id,
        case
            when reason is null
                then {{ id_spelling(
                    "user_id", setting("user_id_type"), "user_id_read"
                ) }}
        end as user_id_spelling,
        case
            when reason is null
                then {{ id_spelling(
                    "item_id", setting("item_id_type"), "item_id_read"
                ) }}
        end as course_id_spelling,

        ---------- numerics
        watch_percentage_read as watch_percentage,
        rating_read as rating,

        ---------- flags
        watch_percentage_read is null
        and not {{ is_blank("watch_percentage") }} as is_watch_percentage_unreadable,
        rating_read is null and not {{ is_blank("rating") }} as is_rating_unreadable,

        ---------- timestamps
        ts_read as ts
    from reasons_assigned

)

select * from events_read
