with labels as (

    select * from {{ ref("int_label_counts") }}

),

prefix_items as (

    select * from {{ ref("int_query_prefix_items") }}

),

item_ranks as (

    select * from {{ ref("int_item_ranks") }}

),

follower_ranks as (

    select * from {{ ref("int_follower_ranks") }}

),

-- items that followed the last item as often as the label did, or more
followers_found as (

    select
        'followers' as kind,
        labels.user_id,
        labels.pair_number,
        labels.form,
        followers.item_id,
        labels.n_follows = 0 as is_label_outside,
        more_often.item_id is not null as is_above
    from labels
    inner join follower_ranks as followers
        on
            labels.ordering = followers.ordering
            and labels.last_item = followers.last_item
            and greatest(labels.n_follows, 1) = followers.n_follows
            and labels.pairs_end > followers.place
    left join follower_ranks as more_often
        on
            followers.ordering = more_often.ordering
            and followers.last_item = more_often.last_item
            and followers.item_id = more_often.item_id
            and labels.n_follows + 1 = more_often.n_follows
            and labels.pairs_end > more_often.place
            and more_often.is_train
    where followers.is_train

),

-- items of the prefix that are as recent as the label, or more
recent_items_found as (

    select
        'recent' as kind,
        found.user_id,
        found.pair_number,
        forms.form,
        found.item_id,
        label.last_position is null as is_label_outside,
        found.last_position > coalesce(label.last_position, -1) as is_above
    from prefix_items as found
    inner join labels as forms
        on
            found.user_id = forms.user_id
            and found.pair_number = forms.pair_number
    left join prefix_items as label
        on
            found.user_id = label.user_id
            and found.pair_number = label.pair_number
            and forms.label = label.item_id
    where found.last_position >= coalesce(label.last_position, -1)

),

rivals_listed as (

    select * from followers_found
    union all
    select * from recent_items_found

),

ties_broken as (

    select
        rivals.kind,
        rivals.user_id,
        rivals.pair_number,
        rivals.form,
        rivals.item_id,
        rivals.is_above,
        rivals.is_label_outside,
        rivals.is_above = rivals.is_label_outside as is_counted,
        more.item_id is not null as is_more_popular,
        more.item_id is null
        and (labels.n_users = 0 or as_many.item_id is not null) as is_as_popular,
        abs(rivals.item_id - labels.last_item - 1)
        < abs(labels.label - labels.last_item - 1) as is_nearer,
        abs(rivals.item_id - labels.last_item - 1)
        = abs(labels.label - labels.last_item - 1) as is_as_near
    from rivals_listed as rivals
    inner join labels
        on
            rivals.user_id = labels.user_id
            and rivals.pair_number = labels.pair_number
            and rivals.form = labels.form
    left join item_ranks as as_many
        on
            labels.ordering = as_many.ordering
            and rivals.item_id = as_many.item_id
            and labels.n_users = as_many.n_users
            and labels.items_end > as_many.place
            and as_many.is_train
    left join item_ranks as more
        on
            labels.ordering = more.ordering
            and rivals.item_id = more.item_id
            and labels.n_users + 1 = more.n_users
            and labels.items_end > more.place
            and more.is_train

),

rivals_counted as (

    select
        kind,
        user_id,
        pair_number,
        form,
        is_label_outside,
        count(case when is_above then 1 end) as n_above,
        count(case when is_counted and is_more_popular then 1 end) as n_more_popular,
        count(case when is_counted and is_as_popular then 1 end) as n_as_popular,
        count(case when is_counted and is_nearer then 1 end) as n_nearer,
        count(case when is_counted and is_as_near then 1 end) as n_as_near
    from ties_broken
    group by kind, user_id, pair_number, form, is_label_outside

)

select * from rivals_counted
