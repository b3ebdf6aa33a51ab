select
    filename as path,
    size as bytes,
    epoch_us(last_modified) as modified_at_us
from read_blob({{ literal(raw_events_path()) }})
