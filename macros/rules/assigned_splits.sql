{% macro assigned_splits(users) -%}
    {%- set train, val, _ = setting("split_ratios") -%}
    {#- decimal literals: in binary floats 90 * 0.7 is a little less than 63 -#}
    {%- set train, val = "%.9f" | format(train), "%.9f" | format(val) -%}
    {%- set key_space = 2 ** 52 -%}
    with users_hashed as (

        select
            user_id,
            {{ split_key(literal(setting("split_seed")), "user_id") }} as split_key
        from {{ users }}

    ),

    users_ranked as (

        select
            *,
            row_number() over (order by split_key, user_id) as split_rank,
            floor(count(*) over () * {{ train }}) as n_train,
            floor(count(*) over () * {{ val }}) as n_val
        from users_hashed

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
            end as stable_split
        from users_ranked

    )

    select * from splits_assigned
{%- endmacro %}
