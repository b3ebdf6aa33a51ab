with users as (

    select * from {{ ref("int_users") }}

),

pinned_users as (

    select * from {{ ref("stg_pinned_splits") }}

),

eligible_users as (

    select user_id
    from users
    where is_eligible

),

splits_assigned as (

    {{ assigned_splits("eligible_users") }}

),

pinned_splits_joined as (

    select
        splits_assigned.*,
        pinned_users.split as pinned_split
    from splits_assigned
    left join pinned_users on splits_assigned.user_id = pinned_users.user_id

),

split_chosen as (

    select
        user_id,
        split_key,
        {{ setting("split_method") }}_split as split
    from pinned_splits_joined

)

select * from split_chosen
