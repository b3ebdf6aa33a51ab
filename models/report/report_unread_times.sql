{% set forms = known_time_forms("created_at") -%}

with rejected_events as (

    select * from {{ ref("rejected_events") }}

),

times_counted as (

    select
        created_at,
        count(*) as n_rows
    from rejected_events
    where
        reason like '%unreadable created_at%'
        and not {{ stands_for_no_time("created_at") }}
    group by created_at

),

times_ranked as (

    select
        *,
        row_number() over (order by n_rows desc, created_at asc) as place
    from times_counted

),

forms as (

    -- one list: a branch of a union would get a copy of all expressions below each
    select
        listed.form_number,
        listed.setting
    from (
        values
        {% for form in forms -%}
            ({{ loop.index }}, {{ literal(form.setting) }}){{ "," if not loop.last }}
        {% endfor %}
    ) as listed (form_number, setting)

),

most_frequent_tried as (

    select
        forms.form_number,
        forms.setting,
        times_ranked.created_at,
        times_ranked.n_rows,
        case forms.form_number
            {% for form in forms -%}
                when {{ loop.index }} then {{ form.reads }}
            {% endfor -%}
        end as is_read
    from times_ranked
    cross join forms
    where times_ranked.place <= 1000

),

forms_that_fit as (

    select
        cast(form_number as bigint) as form_number,
        setting,
        cast(sum(case when is_read then n_rows end) as bigint) as n_rows,
        cast(sum(n_rows) as bigint) as n_unread,
        min(case when is_read then created_at end) as first_value
    from most_frequent_tried
    group by form_number, setting
    having count(case when is_read then 1 end) > 0

)

select * from forms_that_fit
