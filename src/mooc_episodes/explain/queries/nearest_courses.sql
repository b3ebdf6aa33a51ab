with courses as (

    select distinct course_id
    from stg_events

)

select
    course_id as id,
    count(*) over () as n_known
from courses
order by levenshtein(cast(course_id as varchar), cast($1 as varchar)), course_id
limit 3
