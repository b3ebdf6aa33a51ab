-- every row of a user, wherever it stands, is in the user's one split
with splits_seen as (

    {% for model in ["pairs", "int_episode_windows"] %}
        select
            user_id,
            split
        from {{ ref(model) }}
        union
    {% endfor %}
    select
        user_id,
        split
    from {{ ref("user_splits") }}

)

select
    user_id,
    count(*) as n_splits
from splits_seen
group by user_id
having count(*) > 1
