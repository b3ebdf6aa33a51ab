-- $1: the splits in their order
select
    split,
    count(*) as n_users,
    min(split_key) as lowest_key,
    max(split_key) as highest_key
from user_splits
group by split
order by list_position($1, split)
