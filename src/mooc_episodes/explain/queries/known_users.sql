select distinct user_id as id
from stg_events
