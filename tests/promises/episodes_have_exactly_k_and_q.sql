{% set k = setting("episode_k") -%}
{% set q = setting("episode_q") -%}
select
    split,
    episode_id
from {{ ref("episodes") }}
where
    {{ tested_users() }}
    and not coalesce(
        n_support = {{ k }}
        and len(support_prefixes) = {{ k }}
        and len(support_labels) = {{ k }}
        and n_query = {{ q }}
        and len(query_prefixes) = {{ q }}
        and len(query_labels) = {{ q }},
        false
    )
