-- Every episode has its window, the items known before it, and the times of its labels.
-- looks at: episodes
{% set k, q = setting("episode_k"), setting("episode_q") -%}
with sequences as (

    {{ expected_sequences(test_sample()) }}

),

labels_ranked as (

    select
        user_id,
        position,
        {{ epoch_microseconds("ts") }} as label_ts,
        row_number() over (partition by user_id order by position) as pair_rank
    from sequences
    where is_label

),

episodes_ranked as (

    select
        split,
        episode_id,
        user_id,
        window_number,
        row_number() over (partition by user_id order by episode_id) - 1 as window_rank,
        n_known,
        support_label_ts || query_label_ts as label_ts
    from {{ ref("episodes") }}
    where {{ test_sample() }}

),

places_counted as (

    select
        *,
        {{ unnest_range(1, k + q) }} as place
    from episodes_ranked

),

labels_listed as (

    select
        split,
        episode_id,
        user_id,
        window_number,
        window_rank,
        n_known,
        place,
        {{ q }} * window_rank + place as pair_rank,
        {{ list_get("label_ts", "place") }} as label_ts
    from places_counted

)

select distinct
    listed.split,
    listed.episode_id
from labels_listed as listed
left join labels_ranked as expected
    on listed.user_id = expected.user_id and listed.pair_rank = expected.pair_rank
where
    not coalesce(
        listed.window_number = listed.window_rank
        and listed.label_ts = expected.label_ts
        and (listed.place > 1 or listed.n_known = expected.position),
        false
    )
