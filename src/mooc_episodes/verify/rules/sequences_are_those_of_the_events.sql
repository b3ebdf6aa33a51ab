-- Each user's sequence has the items and times that the events give.
with sequences as (

    {{ expected_sequences() }}

),

sequences_listed as (

    select
        user_id,
        array_agg(item_id order by position) as items,
        array_agg(ts_epoch order by position) as ts_epochs,
        array_agg({{ epoch_microseconds("ts") }} order by position) as ts_micros
    from sequences
    group by user_id

)

select user_id
from {{ ref("user_sequences") }} as given
full outer join sequences_listed as expected using (user_id)
where
    given.items is distinct from expected.items
    or given.ts_epochs is distinct from expected.ts_epochs
    or given.ts_micros is distinct from expected.ts_micros
