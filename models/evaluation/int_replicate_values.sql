with user_values as (

    select * from {{ ref("evaluation_user_values") }}

),

weights as (

    select * from {{ ref("int_bootstrap_weights") }}

),

values_summed as (

    select
        user_values.split,
        user_values.view,
        user_values.baseline,
        user_values.form,
        weights.replicate,
        sum(weights.weight) as weight,
        sum(weights.weight * user_values.hr) as hr,
        sum(weights.weight * user_values.ndcg) as ndcg,
        sum(weights.weight * user_values.mrr) as mrr
    from user_values
    inner join weights on user_values.user_id = weights.user_id
    group by
        user_values.split,
        user_values.view,
        user_values.baseline,
        user_values.form,
        weights.replicate

),

values_averaged as (

    select
        split,
        view,
        baseline,
        form,
        replicate,
        hr / weight as hr,
        ndcg / weight as ndcg,
        mrr / weight as mrr
    from values_summed

)

select * from values_averaged
