{% set compared = files_compared() -%}

with raw_events as (

    select * from {{ ref("raw_events") }}

),

{% if compared.by == "rows" -%}
    rows_counted as (

        select
            user_id,
            item_id,
            created_at,
            watch_percentage,
            rating,
            input_file,
            count(*) as n_rows
        from raw_events
        group by user_id, item_id, created_at, watch_percentage, rating, input_file

    ),

    files_of_rows_counted as (

        select
            min(input_file) as first_file,
            max(input_file) as last_file,
            sum(n_rows) - min_by(n_rows, input_file) as n_repeated
        from rows_counted
        group by user_id, item_id, created_at, watch_percentage, rating
        having count(*) > 1

    ),
{%- else -%}
    files_digested as (

        select
            input_file,
            count(*) as n_rows,
            sum(cast({{ hex_as_integer("substr(md5(" ~ row_as_text() ~ "), 1, 13)") }}
                as decimal(38, 0))) as digest
        from raw_events
        where {{ "input_file in (" ~ compared.files ~ ")"
            if compared.files else "false" }}
        group by input_file

    ),

    files_of_rows_counted as (

        select
            min(input_file) as first_file,
            max(input_file) as last_file,
            sum(n_rows) - min_by(n_rows, input_file) as n_repeated
        from files_digested
        group by n_rows, digest
        having count(*) > 1

    ),
{%- endif %}

pairs_of_files_counted as (

    select
        first_file,
        last_file,
        sum(n_repeated) as n_repeated
    from files_of_rows_counted
    group by first_file, last_file

),

largest_taken as (

    select
        cast({{ compared.n_files }} as bigint) as n_files,
        '{{ compared.by }}' as compared,
        cast(coalesce(sum(n_repeated), 0) as bigint) as n_rows_repeated,
        max_by(first_file, n_repeated) as first_file,
        max_by(last_file, n_repeated) as last_file
    from pairs_of_files_counted

)

select * from largest_taken

-- sqlfluff:exclude_rules:LT02
