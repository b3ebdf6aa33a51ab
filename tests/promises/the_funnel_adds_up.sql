-- each step begins with what the one before it left, and none makes rows or users
with steps_compared as (

    select
        *,
        lag(rows_out) over (order by step_number) as previous_rows_out
    from {{ ref("report_funnel") }}

)

select step_number
from steps_compared
where
    rows_in is distinct from previous_rows_out
    or rows_out > rows_in
    or users_out > users_in
    or courses_out > courses_in
