{% macro assigned_splits(users) -%}
    {%- set train, val, _ = setting("split_ratios") -%}
    {#- decimal literals: in binary floats 90 * 0.7 is a little less than 63 -#}
    {%- set train, val = "%.9f" | format(train), "%.9f" | format(val) -%}
    {%- set key_space = 2 ** 52 -%}
    with users_hashed as (

        select
            user_id,
            first_ts,
            {{ split_key(literal(setting("split_seed")), "user_id") }} as split_key
        from {{ users }}

    ),

    users_ranked as (

        select
            *,
            row_number() over (order by split_key, user_id) as split_rank,
            row_number() over (order by first_ts, user_id) as time_rank,
            floor(count(*) over () * {{ train }}) as n_train,
            floor(count(*) over () * {{ val }}) as n_val
        from users_hashed

    ),

    -- null where no user has that place: no time is too late
    times_found as (

        {% if setting("split_method") != "new_users" -%}
            select
                cast(null as timestamp) as t_val,
                cast(null as timestamp) as t_test
        {%- elif setting("split_times") -%}
            select
                {{ time_literal(setting("split_times")[0]) }} as t_val,
                {{ time_literal(setting("split_times")[1]) }} as t_test
        {%- else -%}
            select
                min(case when time_rank = n_train + 1 then first_ts end) as t_val,
                min(case when time_rank = n_train + n_val + 1 then first_ts end)
                    as t_test
            from users_ranked
        {%- endif %}

    ),

    -- a column for each split_method
    splits_assigned as (

        select
            users_ranked.user_id,
            users_ranked.split_key,
            case
                when users_ranked.split_rank <= users_ranked.n_train then 'train'
                when users_ranked.split_rank <= users_ranked.n_train + users_ranked.n_val
                    then 'val'
                else 'test'
            end as exact_split,
            case
                when users_ranked.split_key < floor({{ key_space }} * {{ train }})
                    then 'train'
                when
                    users_ranked.split_key
                    < floor({{ key_space }} * ({{ train }} + {{ val }}))
                    then 'val'
                else 'test'
            end as stable_split,
            case
                when {{ is_before("users_ranked.first_ts", "times.t_val") }}
                    then 'train'
                when {{ is_before("users_ranked.first_ts", "times.t_test") }}
                    then 'val'
                else 'test'
            end as new_users_split,
            times.t_val,
            times.t_test
        from users_ranked
        cross join times_found as times

    )

    select * from splits_assigned
{%- endmacro %}
