-- Every user is in the split that split_method, split_seed and split_ratios give.
with users as (

    select
        user_id,
        split
    from {{ ref("user_splits") }}

),

splits_assigned as (

    {{ assigned_splits("users") }}

)

select users.user_id
from users
inner join splits_assigned as expected on users.user_id = expected.user_id
where
    {% if setting("split_method") == "pinned" -%}
        false  -- the file of pinned splits is not published
    {%- else -%}
        users.split != expected.{{ setting("split_method") }}_split
    {%- endif %}
