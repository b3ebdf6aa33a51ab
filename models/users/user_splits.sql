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

users_ranked as (

    select
        *,
        row_number() over (order by split_key, user_id) as split_rank,
        count(*) over () as n_users
    from users_hashed

),

-- a column for each split_method
splits_assigned as (

    select
        users_ranked.user_id,
        users_ranked.split_key,
        case
            when split_rank <= floor(n_users * {{ train }}) then 'train'
            when
                split_rank
                <= floor(n_users * {{ train }}) + floor(n_users * {{ val }})
                then 'val'
            else 'test'
        end as exact_split,
        case
            when split_key < floor({{ key_space }} * {{ train }}) then 'train'
            when split_key < floor({{ key_space }} * ({{ train }} + {{ val }}))
                then 'val'
            else 'test'
        end as stable_split,
        pinned_users.split as pinned_split
    from users_ranked
    left join pinned_users on users_ranked.user_id = pinned_users.user_id

),

split_chosen as (

    select
        user_id,
        split_key,
        {{ setting("split_method") }}_split as split
    from splits_assigned

)

select * from split_chosen
