{%- set train, val, _ = setting("split_ratios") -%}
{#- decimal literals: in binary floats 90 * 0.7 is a little less than 63 -#}
{%- set train, val = "%.9f" | format(train), "%.9f" | format(val) -%}
{%- set key_space = 2 ** 52 -%}

with users_hashed as (

    select
        user_id,
        {{ split_key(literal(setting("split_seed")), "user_id") }} as split_key
    from {{ ref("int_users") }}
    where is_eligible

),

users_ranked as (

    select
        user_id,
        split_key,
        row_number() over (order by split_key, user_id) as split_rank,
        floor(count(*) over () * {{ train }}) as n_train,
        floor(count(*) over () * {{ val }}) as n_val
    from users_hashed

),

exact_splits as ( -- noqa: ST03

    select
        user_id,
        split_key,
        case
            when split_rank <= n_train then 'train'
            when split_rank <= n_train + n_val then 'val'
            else 'test'
        end as split
    from users_ranked

),

stable_splits as ( -- noqa: ST03

    select
        user_id,
        split_key,
        case
            when split_key < floor({{ key_space }} * {{ train }}) then 'train'
            when split_key < floor({{ key_space }} * ({{ train }} + {{ val }}))
                then 'val'
            else 'test'
        end as split
    from users_hashed

),

pinned_splits as ( -- noqa: ST03

    select
        users.user_id,
        users.split_key,
        pinned.split
    from users_hashed as users
    inner join {{ ref("stg_pinned_splits") }} as pinned
        on users.user_id = pinned.user_id

)

-- ST03 off above: split_method chooses one of the three, the others go unused
select * from {{ setting("split_method") }}_splits
