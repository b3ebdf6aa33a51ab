-- Every item of a label or a prefix is in the vocabulary.
-- looks at: pairs
with vocab_size as (

    select count(*) as n_items from {{ ref("vocab") }}

)

select pairs.pair_id
from {{ ref("pairs") }} as pairs
cross join vocab_size
where
    {{ test_sample("pairs.user_id") }}
    and (
        pairs.label not between 0 and vocab_size.n_items - 1
        or {{ list_min("pairs.prefix") }} < 0
        or {{ list_max("pairs.prefix") }} >= vocab_size.n_items
    )
