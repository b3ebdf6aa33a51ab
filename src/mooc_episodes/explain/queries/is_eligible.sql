select
    n_events,
    is_eligible
from int_users
where user_id = $1
