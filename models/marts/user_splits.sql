{%- set method = setting("split_method") -%}
{%- set ratios = setting("split_ratios") -%}
{#- Decimal literals: 90 * 0.7 is 63, in binary floats it is less. -#}
{%- set train = "%.9f" | format(ratios[0]) -%}
{%- set val = "%.9f" | format(ratios[1]) -%}
{%- set key_space = 2 ** 52 -%}

with users_hashed as (

    select
        user_id,
        {{ split_key(literal(setting("split_seed")), "user_id") }} as split_key
    from {{ ref("int_users") }}
    where is_eligible

),
{% if method == "exact" %}
users_ranked as (

    select
        user_id,
        split_key,
        row_number() over (order by split_key, user_id) as split_rank,
        count(*) over () as n_users
    from users_hashed

),

splits_assigned as (

    select
        user_id,
        split_key,
        case
            when split_rank <= floor(n_users * {{ train }}) then 'train'
            when
                split_rank
                <= floor(n_users * {{ train }}) + floor(n_users * {{ val }})
                then 'val'
            else 'test'
        end as split
    from users_ranked

)
{% elif method == "stable" %}
splits_assigned as (

    select
        user_id,
        split_key,
        case
            when split_key < floor({{ train }} * {{ key_space }}) then 'train'
            when split_key < floor(({{ train }} + {{ val }}) * {{ key_space }}) then 'val'
            else 'test'
        end as split
    from users_hashed

)
{% else %}
pinned_splits as (

    select * from {{ ref("stg_pinned_splits") }}

),

splits_assigned as (

    select
        users_hashed.user_id,
        users_hashed.split_key,
        pinned_splits.split
    from users_hashed
    inner join pinned_splits on users_hashed.user_id = pinned_splits.user_id

)
{% endif %}
select * from splits_assigned
