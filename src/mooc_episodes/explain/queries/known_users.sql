select user_id as id
from int_users
