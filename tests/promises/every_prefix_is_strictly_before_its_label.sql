-- Every prefix is the items strictly before its label: all, or the last of them.
-- looks at: pairs
with sequences as (

    {{ expected_sequences(test_sample()) }}

),

prefixes_expected as (

    select
        user_id,
        is_label,
        row_number() over (
            partition by user_id, is_label order by position
        ) as pair_rank,
        array_agg(item_id) over (
            partition by user_id
            order by position
            rows between {{ setting("max_prefix_len") or "unbounded" }} preceding
            and 1 preceding
        ) as prefix,
        item_id as label,
        ts_epoch as label_ts_epoch
    from sequences

),

pairs_ranked as (

    select
        pair_id,
        user_id,
        row_number() over (partition by user_id order by pair_id) as pair_rank,
        prefix,
        label,
        label_ts_epoch,
        prefix_len
    from {{ ref("pairs") }}
    where {{ test_sample() }}

)

select pairs.pair_id
from pairs_ranked as pairs
left join prefixes_expected as expected
    on
        pairs.user_id = expected.user_id
        and pairs.pair_rank = expected.pair_rank
        and expected.is_label
where
    not coalesce(
        pairs.label = expected.label
        and pairs.label_ts_epoch = expected.label_ts_epoch
        and pairs.prefix = expected.prefix
        and pairs.prefix_len = cardinality(pairs.prefix),
        false
    )
