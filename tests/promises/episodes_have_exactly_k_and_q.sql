-- Every episode has exactly K support pairs and Q query pairs.
-- looks at: episodes
{% set k = setting("episode_k") -%}
{% set q = setting("episode_q") -%}
select
    split,
    episode_id
from {{ ref("episodes") }}
where
    {{ test_sample() }}
    and not coalesce(
        n_support = {{ k }}
        and cardinality(support_prefixes) = {{ k }}
        and cardinality(support_labels) = {{ k }}
        and cardinality(support_label_ts) = {{ k }}
        and n_query = {{ q }}
        and cardinality(query_prefixes) = {{ q }}
        and cardinality(query_labels) = {{ q }}
        and cardinality(query_label_ts) = {{ q }},
        false
    )
