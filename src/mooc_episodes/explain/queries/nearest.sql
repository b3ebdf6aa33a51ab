-- those that begin with it, but for case and blanks, then by spelling: the same but for
-- these is first
with ids_spelled as (

    select
        id,
        cast(id as varchar) as spelling,
        cast($1 as varchar) as given
    from known

),

ids_counted as (

    select
        id,
        spelling,
        given,
        lower(trim(spelling)) as spelling_in_lower_case,
        lower(trim(given)) as given_in_lower_case,
        count(*) over () as n_known
    from ids_spelled

)

select
    id,
    n_known
from ids_counted
order by
    given_in_lower_case != ''
    and starts_with(spelling_in_lower_case, given_in_lower_case) desc,
    levenshtein(spelling_in_lower_case, given_in_lower_case),
    levenshtein(spelling, given),
    id
limit 3
