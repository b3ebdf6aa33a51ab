with users as (

    select * from {{ ref("int_users") }}

),

pinned_users as (

    select * from {{ ref("stg_pinned_splits") }}

),

eligible_users as (

    select
        user_id,
        first_ts
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
        *,
        {{ setting("split_method") }}_split as split
    from pinned_splits_joined

),

-- the time from which a user's events are cut
cut_added as (

    select
        user_id,
        split_key,
        split,
        {% if setting("split_method") == "new_users" -%}
            case
                when split = 'train' then t_val
                when split = 'val' then t_test
            end as cut_ts
        {%- else -%}
            cast(null as timestamp) as cut_ts
        {%- endif %}
    from split_chosen

)

select * from cut_added
