with labels as (

    select
        episode_id,
        window_number,
        support_label_positions[1] as n_known,
        'support' as part,
        unnest(support_label_positions) as position
    from episode_offsets
    where user_id = $1
    union all
    select
        episode_id,
        window_number,
        support_label_positions[1] as n_known,
        'query' as part,
        unnest(query_label_positions) as position
    from episode_offsets
    where user_id = $1

)

select
    labels.episode_id,
    labels.window_number as "window",
    labels.n_known,
    labels.part,
    pairs.pair_id,
    pairs.label,
    pairs.prefix
from labels
left join pairs on labels.position = pairs.position and pairs.user_id = $1
order by labels.episode_id, labels.position
