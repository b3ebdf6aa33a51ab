-- Every row read is rejected, of an ineligible user, or kept.
-- looks at: rows read
with rows_counted as (

    select
        (select count(*) from {{ ref("raw_events") }}) as n_raw,
        (select count(*) from {{ ref("rejected_events") }}) as n_rejected,
        (
            select coalesce(sum(n_events), 0)
            from {{ ref("int_users") }}
            where not is_eligible
        ) as n_ineligible,
        (select count(*) from {{ ref("events_sessionized") }}) as n_kept

)

select *
from rows_counted
where n_raw != n_rejected + n_ineligible + n_kept
