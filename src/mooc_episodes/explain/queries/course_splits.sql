-- $2: the splits in their order
select
    users.split,
    count(distinct events.user_id) as n_users,
    count(*) as n_events
from int_user_events as events
inner join user_splits as users on events.user_id = users.user_id
where events.item_id = $1
group by users.split
order by list_position($2, users.split)
