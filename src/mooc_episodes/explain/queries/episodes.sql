with labels as (

    select
        episode_id,
        'support' as part,
        unnest(support_label_positions) as position
    from episode_offsets
    where user_id = $1
    union all
    select
        episode_id,
        'query' as part,
        unnest(query_label_positions) as position
    from episode_offsets
    where user_id = $1

)

select
    labels.episode_id,
    labels.part,
    pairs.pair_id,
    pairs.label,
    pairs.prefix
from labels
left join pairs on labels.position = pairs.position and pairs.user_id = $1
order by labels.episode_id, labels.position
