select
    chosen.split,
    chosen.split_key,
    count(*) as n_users,
    count(case when all_users.split_key < chosen.split_key then 1 end) as n_smaller_keys
from user_splits as chosen
cross join user_splits as all_users
where chosen.user_id = $1
group by chosen.split, chosen.split_key
