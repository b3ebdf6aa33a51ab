select distinct course_id as id
from stg_events
