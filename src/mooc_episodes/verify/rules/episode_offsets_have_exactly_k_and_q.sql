-- Every episode has the positions of exactly K support pairs and Q query pairs.
select
    split,
    episode_id
from {{ ref("episode_offsets") }}
where
    cardinality(support_prefix_starts) != {{ setting("episode_k") }}
    or cardinality(support_label_positions) != {{ setting("episode_k") }}
    or cardinality(query_prefix_starts) != {{ setting("episode_q") }}
    or cardinality(query_label_positions) != {{ setting("episode_q") }}
