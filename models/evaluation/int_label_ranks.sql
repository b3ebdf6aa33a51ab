with labels as (

    select * from {{ ref("int_label_counts") }}

),

rivals as (

    select * from {{ ref("int_rivals") }}

),

-- items at most d ids away from the one after the last item
near_items_counted as (

    select
        *,
        last_item + 1 as next_item,
        abs(label - last_item - 1) as distance
    from labels

),

distances_ranked as (

    select
        *,
        greatest(
            least(next_item + distance - 1, n_items - 1)
            - greatest(next_item - distance + 1, 0)
            + 1,
            0
        ) as n_nearer,
        case when next_item >= distance then 1 else 0 end
        + case
            when distance > 0 and next_item + distance < n_items then 1 else 0
        end as n_as_near
    from near_items_counted

),

rivals_joined as (

    select
        labels.user_id,
        labels.pair_number,
        labels.form,
        labels.n_items,
        labels.n_more_popular,
        labels.n_as_popular,
        labels.n_nearer,
        labels.n_as_near,
        coalesce(followers.is_label_outside, true) as has_not_followed,
        coalesce(followers.n_above, 0) as n_follow_more_often,
        coalesce(followers.n_more_popular, 0) as n_followers_more_popular,
        coalesce(followers.n_as_popular, 0) as n_followers_as_popular,
        coalesce(followers.n_nearer, 0) as n_followers_nearer,
        coalesce(followers.n_as_near, 0) as n_followers_as_near,
        recent.is_label_outside as is_not_in_prefix,
        recent.n_above as n_more_recent,
        recent.n_more_popular as n_recent_more_popular,
        recent.n_as_popular as n_recent_as_popular
    from distances_ranked as labels
    inner join rivals as recent
        on
            labels.user_id = recent.user_id
            and labels.pair_number = recent.pair_number
            and labels.form = recent.form
            and recent.kind = 'recent'
    left join rivals as followers
        on
            labels.user_id = followers.user_id
            and labels.pair_number = followers.pair_number
            and labels.form = followers.form
            and followers.kind = 'followers'

),

ranks_listed as (

    select
        user_id,
        pair_number,
        'random' as baseline,
        cast(null as string) as form,
        0 as n_greater,
        n_items as n_tied
    from rivals_joined
    where form = 'all'
    union all
    select
        user_id,
        pair_number,
        'next_item' as baseline,
        cast(null as string) as form,
        n_nearer as n_greater,
        n_as_near as n_tied
    from rivals_joined
    where form = 'all'
    union all
    select
        user_id,
        pair_number,
        'popularity' as baseline,
        form,
        n_more_popular as n_greater,
        n_as_popular as n_tied
    from rivals_joined
    union all
    select
        user_id,
        pair_number,
        'recency' as baseline,
        form,
        n_more_recent
        + {{ among_the_rest(
            "is_not_in_prefix", "n_more_popular", "n_recent_more_popular"
        ) }}
            as n_greater,
        {{ among_the_rest(
            "is_not_in_prefix", "n_as_popular", "n_recent_as_popular"
        ) }}
            as n_tied
    from rivals_joined
    union all
    select
        user_id,
        pair_number,
        'markov' as baseline,
        form,
        n_follow_more_often
        + {{ among_the_rest(
            "has_not_followed", "n_more_popular", "n_followers_more_popular"
        ) }}
            as n_greater,
        {{ among_the_rest(
            "has_not_followed", "n_as_popular", "n_followers_as_popular"
        ) }}
            as n_tied
    from rivals_joined
    union all
    select
        user_id,
        pair_number,
        'markov_next_item' as baseline,
        form,
        n_follow_more_often
        + {{ among_the_rest(
            "has_not_followed", "n_nearer", "n_followers_nearer"
        ) }}
            as n_greater,
        {{ among_the_rest(
            "has_not_followed", "n_as_near", "n_followers_as_near"
        ) }}
            as n_tied
    from rivals_joined

)

select
    user_id,
    pair_number,
    baseline,
    form,
    cast(n_greater as bigint) as n_greater,
    cast(n_tied as bigint) as n_tied
from ranks_listed
