with queries as (

    select * from {{ ref("evaluation_queries") }}

),

cutoffs as (

    select * from {{ ref("int_query_cutoffs") }}

),

forms_listed as (

    select
        queries.user_id,
        queries.pair_number,
        queries.label,
        queries.last_item,
        forms.form,
        forms.ordering,
        cast(
            case forms.form
                when 'all' then 9223372036854775807
                when 'past' then queries.label_ts
                else cutoffs.n_items + 1
            end as bigint
        ) as items_end,
        cast(
            case forms.form
                when 'all' then 9223372036854775807
                when 'past' then queries.label_ts
                else cutoffs.n_pairs + 1
            end as bigint
        ) as pairs_end
    from queries
    cross join (
        values ('all', 'time'), ('past', 'time'), ('thinned', 'user')
    ) as forms (form, ordering)
    inner join cutoffs on queries.label_ts = cutoffs.label_ts

)

select * from forms_listed
