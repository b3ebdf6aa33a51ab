{#- What a key of `columns` may be. -#}

{#- A name or, without a header, a number; where its kind says so also the file's name
    or a list of two. -#}
{% macro is_column(value, kind) -%}
    {% if value is mapping %}
        {{ return(kind.or_file_name and value | list == ["filename"]
            and _is_pattern(value.filename)) }}
    {% elif value is sequence and value is not string %}
        {{ return(kind.or_two and value | length == 2
            and _is_one_column(value[0]) and _is_one_column(value[1])) }}
    {% endif %}
    {{ return(_is_one_column(value) or (kind.or_file_name and value == "filename")) }}
{%- endmacro %}


{% macro _is_one_column(value) -%}
    {% if setting("csv").header %}
        {{ return(value is string and value != "") }}
    {% endif %}
    {{ return(value is integer and value is not boolean and 1 <= value < 100000) }}
{%- endmacro %}


{#- One group, counted without escaped brackets, those in [] and those with ?. -#}
{% macro _is_pattern(value) -%}
    {% if value is not string %}
        {{ return(false) }}
    {% endif %}
    {% set plain = modules.re.sub("[\\\\].|\\[\\^?\\]?[^\\]]*\\]", "", value) %}
    {{ return(modules.re.findall("[(](?![?])", plain) | length == 1
        and plain.count("(") == plain.count(")")) }}
{%- endmacro %}


{% macro columns_allowed(kind) -%}
    {% if setting("csv").header %}
        {% set one = "the name of a column (a number only if the input has no header: "
            ~ "csv: {header: false})" %}
    {% else %}
        {% set one = "the number of a column, counted from 1 (a name only if the input "
            ~ "has a header: csv: {header: true})" %}
    {% endif %}
    {% if kind.or_file_name %}
        {% set one = one ~ ", filename, or {filename: 'a pattern with one (group)'}" %}
    {% elif kind.or_two %}
        {% set one = one ~ ", or a list of two: date and time" %}
    {% endif %}
    {{ return(one) }}
{%- endmacro %}


{#- Without a header, no column has a default. -#}
{% macro check_columns_by_number() -%}
    {% set columns, lacking = setting("columns"), [] %}
    {% for ours in ["user_id", "item_id", "created_at"] if columns[ours] is none %}
        {% do lacking.append(ours) %}
    {% endfor %}
    {% if lacking %}
        {% do exceptions.raise_compiler_error("columns: " ~ lacking | join(" and ")
            ~ " not given; csv.header is false, so give each by its number, such as "
            ~ "columns: {user_id: 1, item_id: 2, created_at: 3}") %}
    {% elif not setting("csv").header and not is_csv_input() %}
        {% do exceptions.raise_compiler_error("csv.header: false is not allowed; it is "
            ~ "for CSVs, and raw_events is '" ~ raw_events_path() ~ "'") %}
    {% endif %}
{%- endmacro %}
