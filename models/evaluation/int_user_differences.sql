with user_values as (

    select * from {{ ref("evaluation_user_values") }}

),

markov_pivoted as (

    select
        split,
        view,
        user_id,
        max(case when form = 'all' then hr end) as hr_all,
        max(case when form = 'past' then hr end) as hr_past,
        max(case when form = 'thinned' then hr end) as hr_thinned
    from user_values
    where baseline = 'markov'
    group by split, view, user_id

),

-- baselines that know nothing later than the label
candidates_averaged as (

    select
        split,
        view,
        baseline,
        round(sum(hr) / count(*) / {{ units_per_one() }}, 6) as hr
    from user_values
    where form is null or form = 'past'
    group by split, view, baseline

),

candidates_ranked as (

    select
        split,
        view,
        baseline,
        row_number() over (
            partition by split, view
            order by
                hr desc,
                {{ place_in_report("baseline") }}
        ) as place
    from candidates_averaged

),

best_pivoted as (

    select
        user_values.split,
        user_values.view,
        user_values.user_id,
        max(case when candidates.place = 1 then user_values.hr end) as hr_best,
        max(case when candidates.place = 2 then user_values.hr end) as hr_second
    from user_values
    inner join candidates_ranked as candidates
        on
            user_values.split = candidates.split
            and user_values.view = candidates.view
            and user_values.baseline = candidates.baseline
    where user_values.form is null or user_values.form = 'past'
    group by user_values.split, user_values.view, user_values.user_id

),

differences_listed as (

    select
        split,
        view,
        'split' as part,
        user_id,
        hr_all - hr_past as hr
    from markov_pivoted
    union all
    select
        split,
        view,
        'data' as part,
        user_id,
        hr_all - hr_thinned as hr
    from markov_pivoted
    union all
    select
        split,
        view,
        'time' as part,
        user_id,
        hr_thinned - hr_past as hr
    from markov_pivoted
    union all
    select
        split,
        view,
        'best' as part,
        user_id,
        hr_best as hr
    from best_pivoted
    union all
    select
        split,
        view,
        'best over second' as part,
        user_id,
        hr_best - hr_second as hr
    from best_pivoted

)

select * from differences_listed
