-- $1: the splits in their order
select
    splits.split,
    count(*) as n_users,
    min(users.first_ts) as first_begins,
    max(users.first_ts) as last_begins
from user_splits as splits
inner join int_users as users on splits.user_id = users.user_id
group by splits.split
order by list_position($1, splits.split)
