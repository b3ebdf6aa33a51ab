-- Every row read is rejected, left out, of an ineligible user, cut, or kept.
-- looks at: rows read
with rows_counted as (

    select
        (select count(*) from {{ ref("raw_events") }}) as n_raw,
        (select count(*) from {{ ref("rejected_events") }}) as n_rejected,
        {{ count_left_out("time") }} as n_out_of_time,
        {{ count_left_out("course") }} as n_of_rare_courses,
        (
            select sum(case when is_eligible then 0 else n_events end)
            from {{ ref("int_users") }}
        ) as n_ineligible,
        {{ count_left_out("cut") }} as n_cut,
        (select count(*) from {{ ref("events_sessionized") }}) as n_kept

)

select *
from rows_counted
where
    n_raw
    != n_rejected + n_out_of_time + n_of_rare_courses + n_ineligible + n_cut + n_kept
