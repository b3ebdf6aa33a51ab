with vocab_size as (

    select count(*) as n_items from {{ ref("vocab") }}

)

select pairs.pair_id
from {{ ref("pairs") }} as pairs
cross join vocab_size
where
    {{ prefix_test_sample("pairs.user_id") }}
    and (
        pairs.label not between 0 and vocab_size.n_items - 1
        or {{ list_get("array_sort(pairs.prefix)", 1) }} < 0
        or {{ list_get("array_sort(pairs.prefix)", "pairs.prefix_len") }}
        >= vocab_size.n_items
    )
