with queries as (

    select * from {{ ref("evaluation_queries") }}

),

users_found as (

    select distinct user_id from queries

),

replicates_listed as (

    select {{ unnest_range(1, 1000) }} as replicate

),

keys_hashed as (

    select
        replicates.replicate,
        users.user_id,
        {{ split_key(
            "concat(" ~ literal(setting("split_seed") ~ ":bootstrap:")
            ~ ", replicates.replicate)",
            "users.user_id"
        ) }} as bootstrap_key
    from users_found as users
    cross join replicates_listed as replicates

),

weights_drawn as (

    select
        cast(replicate as bigint) as replicate,
        user_id,
        cast({{ poisson_weight("bootstrap_key") }} as bigint) as weight
    from keys_hashed

),

users_drawn as (

    select *
    from weights_drawn
    where weight > 0

)

select * from users_drawn
