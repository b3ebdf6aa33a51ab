{{ config(materialized="view") }}

-- what the files were is noted before they are read
-- depends_on: {{ ref("input_files") }}

select
    {{ input_column("user_id") }} as user_id,
    {{ input_column("item_id") }} as item_id,
    {{ input_column("created_at") }} as created_at,
    {{ input_column("watch_percentage") }} as watch_percentage,
    {{ input_column("rating") }} as rating
from {{ scan_file(raw_events_path()) }}
