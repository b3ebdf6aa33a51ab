{%- set paths = [] if is_relation() else [input_path()] -%}
{%- for name in ["pinned_splits", "pinned_vocab", "items"] if setting(name) -%}
    {%- do paths.append(setting(name)) -%}
{%- endfor -%}

with files as (

    {% for path in paths -%}
        {{ files_at(path) }}
        {{ "union all" if not loop.last }}
    {% else -%}
        select
            cast(null as string) as path,
            cast(null as bigint) as bytes,
            cast(null as bigint) as modified_at_us
        where false
    {% endfor %}

),

files_hashed as (

    select
        *,
        {{ file_sha256("path") }} as sha256
    from files

)

select * from files_hashed
