{{ config(materialized="view") }}

-- the files are recorded before they are read
-- depends_on: {{ ref("input_files") }}

{% set present = input_columns() -%}

with input_scanned as (

    select * from {{ scan_input() }}

),

columns_renamed as (

    select
        {{ input_column("user_id", present) }} as user_id,
        {{ input_column("item_id", present) }} as item_id,
        {{ input_column("created_at", present) }} as created_at,
        {{ input_column("watch_percentage", present) }} as watch_percentage,
        {{ input_column("rating", present) }} as rating,
        {{ "cast(null as string)" if is_relation() else "_input_file" }} as input_file
    from input_scanned

)

select * from columns_renamed
