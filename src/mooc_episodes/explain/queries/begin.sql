select
    users.first_ts,
    splits.cut_ts
from int_users as users
inner join user_splits as splits on users.user_id = splits.user_id
where users.user_id = $1
