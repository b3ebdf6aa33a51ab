{#- Values above these are warnings. -#}
{%- set most_tied = 0.5 -%}
{%- set most_dates_only = 0.9 -%}
{%- set most_unreadable = 0.5 -%}

{#- How many frequent values are listed. -#}
{%- set n_most_frequent = 10 -%}

with events as (

    select * from {{ ref("stg_events") }}

),

metrics as (

    select * from {{ ref("report_metrics") }}

),

user_totals as (

    select * from {{ ref("int_user_totals") }}

),

times_measured as (

    select
        count(*) as n_events,
        count(distinct cast(floor(ts_epoch / 86400.0) as bigint)) as n_days,
        count(case when {{ is_too_early("ts") }} then 1 end) as n_before,
        count(case when ts = date_trunc('day', ts) then 1 end) as n_at_midnight,
        cast(
            floor(max(ts_epoch) / 86400.0) - floor(min(ts_epoch) / 86400.0) as bigint
        ) as n_days_between
    from events

),

measures_read as (

    select
        'rating' as measure,
        count(rating) as n_read,
        count(case when is_rating_unreadable then 1 end) as n_unreadable
    from events
    union all
    select
        'watch_percentage' as measure,
        count(watch_percentage) as n_read,
        count(case when is_watch_percentage_unreadable then 1 end) as n_unreadable
    from events

),

users_counted as (

    select
        'user' as kind,
        cast(user_id as string) as id,
        count(*) as n_events,
        count(user_id_spelling) as n_spelled,
        min(user_id_spelling) as first_spelling,
        max(user_id_spelling) as last_spelling
    from events
    group by user_id

),

courses_counted as (

    select
        'course' as kind,
        cast(course_id as string) as id,
        count(*) as n_events,
        count(course_id_spelling) as n_spelled,
        min(course_id_spelling) as first_spelling,
        max(course_id_spelling) as last_spelling
    from events
    group by course_id

),

ids_counted as (

    select * from users_counted
    union all
    select * from courses_counted

),

ids_ranked as (

    select
        *,
        row_number() over (partition by kind order by n_events desc, id asc)
            as place
    from ids_counted

),

ids_judged as (

    select
        kind,
        count(
            case
                when
                    n_spelled > 0
                    and (n_spelled < n_events or first_spelling != last_spelling)
                    then 1
            end
        ) as n_spelled_in_ways,
        count(
            case
                when {{ full_match("id", "'.*'|\".*\"|.*[\\\\]\".*") }} then 1
            end
        ) as n_quoted,
        count(
            case
                when
                    place <= {{ n_most_frequent }} and {{ is_like_null("id") }} then 1
            end
        ) as n_null_markers
    from ids_ranked
    group by kind

),

null_markers_listed as (

    select
        concat(kind, '_ids_like_null_among_the_most_frequent') as name,
        {{ list_agg_ordered("id", "place") }} as ids
    from ids_ranked
    where place <= {{ n_most_frequent }} and {{ is_like_null("id") }}
    group by kind

),

pairs_summed as (

    select
        cast(coalesce(sum(n_pairs), 0) as bigint) as n_pairs,
        cast(coalesce(sum(n_episodes), 0) as bigint) as n_episodes
    from user_totals

),

values_listed as (

    select
        'days_between_first_and_last_event' as name,
        cast(n_days_between as double) as value,
        false as is_warning
    from times_measured
    union all
    select
        'days_with_events' as name,
        cast(n_days as double) as value,
        n_days = 1 as is_warning
    from times_measured
    union all
    select
        'events_before_1990' as name,
        cast(n_before as double) as value,
        n_before > 0 as is_warning
    from times_measured
    union all
    select
        'share_of_events_at_midnight' as name,
        {{ share("n_at_midnight", "n_events") }} as value,
        n_at_midnight > {{ most_dates_only }} * n_events as is_warning
    from times_measured
    union all
    select
        'share_of_events_tied' as name,
        events_tied_share as value,
        coalesce(events_tied_share > {{ most_tied }}, false) as is_warning
    from metrics
    union all
    select
        'share_of_labels_tied' as name,
        labels_tied_share as value,
        coalesce(labels_tied_share > {{ most_tied }}, false) as is_warning
    from metrics
    union all
    select
        concat('share_of_', measure, 's_unreadable') as name,
        {{ share("n_unreadable", "(n_read + n_unreadable)") }} as value,
        n_unreadable > {{ most_unreadable }} * (n_read + n_unreadable) as is_warning
    from measures_read
    union all
    select
        'pairs' as name,
        cast(n_pairs as double) as value,
        n_pairs = 0 as is_warning
    from pairs_summed
    union all
    select
        'episodes' as name,
        cast(n_episodes as double) as value,
        n_episodes = 0 as is_warning
    from pairs_summed
    union all
    select
        concat(kind, '_ids_spelled_in_several_ways') as name,
        cast(n_spelled_in_ways as double) as value,
        n_spelled_in_ways > 0 as is_warning
    from ids_judged
    union all
    select
        concat(kind, '_ids_with_quotes') as name,
        cast(n_quoted as double) as value,
        n_quoted > 0 as is_warning
    from ids_judged
    union all
    select
        concat(kind, '_ids_like_null_among_the_most_frequent') as name,
        cast(n_null_markers as double) as value,
        n_null_markers > 0 as is_warning
    from ids_judged

),

ids_named as (

    select
        values_listed.name,
        values_listed.value,
        values_listed.is_warning,
        null_markers_listed.ids
    from values_listed
    left join null_markers_listed
        on values_listed.name = null_markers_listed.name

)

select * from ids_named
