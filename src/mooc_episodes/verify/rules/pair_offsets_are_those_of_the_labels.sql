-- Every prefix ends right before its label and starts where the longest one may.
with sequences as (

    {{ expected_sequences() }}

),

labels_ranked as (

    select
        user_id,
        position,
        row_number() over (partition by user_id order by position) as pair_rank
    from sequences
    where is_label

),

pairs_ranked as (

    select
        *,
        row_number() over (partition by user_id order by pair_id) as pair_rank
    from {{ ref("pair_offsets") }}

)

select pairs.pair_id
from pairs_ranked as pairs
left join labels_ranked as expected using (user_id, pair_rank)
where
    pairs.label_position is distinct from expected.position
    or pairs.prefix_end != pairs.label_position
    or pairs.prefix_start
    != greatest(
        pairs.label_position - {{ setting("max_prefix_len") or "label_position" }}, 0
    )
