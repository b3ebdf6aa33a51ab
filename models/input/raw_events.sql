{{ config(materialized="view") }}

-- the files are recorded before they are read
-- depends_on: {{ ref("input_files") }}

with files_scanned as (

    select * from {{ scan_file(raw_events_path()) }}

),

columns_renamed as (

    select
        {{ input_column("user_id") }} as user_id,
        {{ input_column("item_id") }} as item_id,
        {{ input_column("created_at") }} as created_at,
        {{ input_column("watch_percentage") }} as watch_percentage,
        {{ input_column("rating") }} as rating
    from files_scanned

)

select * from columns_renamed
