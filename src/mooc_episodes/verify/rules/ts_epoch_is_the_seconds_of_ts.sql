-- Every ts_epoch is the whole seconds of its ts.
select file_row_number
from {{ ref("events_sessionized") }}
where epoch_us(ts) - ts_epoch * 1000000 not between 0 and 999999
