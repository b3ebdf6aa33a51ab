-- Every item of a sequence is in the vocabulary.
with items_unnested as (

    select
        user_id,
        unnest(items) as item_id
    from {{ ref("user_sequences") }}

)

select items.user_id
from items_unnested as items
anti join {{ ref("vocab") }} as vocab on items.item_id = vocab.item_id
