{% set k = setting("episode_k") -%}
{% set q = setting("episode_q") -%}
select
    split,
    episode_id
from {{ ref("episodes") }}
where
    {{ tested_users() }}
    and (
        n_support != {{ k }}
        or len(support_prefixes) != {{ k }}
        or len(support_labels) != {{ k }}
        or n_query != {{ q }}
        or len(query_prefixes) != {{ q }}
        or len(query_labels) != {{ q }}
    )
