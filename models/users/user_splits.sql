{%- set train, val, _ = setting("split_ratios") -%}
{#- decimal literals: in binary floats 90 * 0.7 is a little less than 63 -#}
{%- set train, val = "%.9f" | format(train), "%.9f" | format(val) -%}
{%- set key_space = 2 ** 52 -%}

with users as (

    select * from {{ ref("int_users") }}

),

pinned_users as (

    select * from {{ ref("stg_pinned_splits") }}

),

users_hashed as (

    select
        user_id,
        {{ split_key(literal(setting("split_seed")), "user_id") }} as split_key
    from users
    where is_eligible

),

pinned_splits_joined as (

    select
        users_hashed.*,
        pinned_users.split as pinned_split
    from users_hashed
    left join pinned_users on users_hashed.user_id = pinned_users.user_id

),

users_ranked as (

    select
        *,
        row_number() over (order by split_key, user_id) as split_rank,
        floor(count(*) over () * {{ train }}) as n_train,
        floor(count(*) over () * {{ val }}) as n_val
    from pinned_splits_joined

),

-- a column for each split_method
splits_assigned as (

    select
        user_id,
        split_key,
        case
            when split_rank <= n_train then 'train'
            when split_rank <= n_train + n_val then 'val'
            else 'test'
        end as exact_split,
        case
            when split_key < floor({{ key_space }} * {{ train }}) then 'train'
            when split_key < floor({{ key_space }} * ({{ train }} + {{ val }}))
                then 'val'
            else 'test'
        end as stable_split,
        pinned_split
    from users_ranked

),

split_chosen as (

    select
        user_id,
        split_key,
        {{ setting("split_method") }}_split as split
    from splits_assigned

)

select * from split_chosen
