select
    user_id as id,
    count(*) over () as n_known
from int_users
order by levenshtein(cast(user_id as varchar), cast($1 as varchar)), user_id
limit 3
