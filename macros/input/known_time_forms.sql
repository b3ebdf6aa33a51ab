{% macro known_time_forms(column) -%}
    {% set dates = ["%Y%m%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y",
        "%Y.%m.%d", "%Y-%m-%d", "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d %b %Y", "%d-%b-%Y",
        "%d-%b-%y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y"] %}
    {% set patterns = ["%Y", "%Y%m%d%H%M", "%Y%m%d%H%M%S"] %}
    {% for date in dates %}
        {% do patterns.append(date) %}
        {% for time in ["%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p"] %}
            {% do patterns.append(date ~ " " ~ time) %}
        {% endfor %}
    {% endfor %}
    {% set forms = [] %}
    {% if setting("time_format") != "auto" %}
        {% do forms.append({
            "setting": "time_format: auto",
            "reads": "extract(year from " ~ parse_timestamp(column, "auto")
                ~ ") between 1990 and 2099",
        }) %}
    {% endif %}
    {% for pattern in patterns %}
        {% do forms.append({
            "setting": "time_format: " ~ in_quotes(pattern),
            "reads": "extract(year from case "
                ~ when_pattern("cast(" ~ column ~ " as string)", pattern)
                ~ " end) between 1990 and 2099",
        }) %}
    {% endfor %}
    {% set number = "try_cast(" ~ column ~ " as double)" %}
    {#- a spreadsheet's days of 1990 to 2099; else days of a course -#}
    {% do forms.append({
        "setting": "time_format: days with time_origin: \"1899-12-30\" (days of a "
            ~ "spreadsheet)",
        "reads": number ~ " >= 32874 and " ~ number ~ " < 73051",
    }) %}
    {% do forms.append({
        "setting": "time_format: days with time_origin: \"2014-02-01\" (days of a "
            ~ "course; give the date of its day 0)",
        "reads": number ~ " > -4000 and " ~ number ~ " < 4000",
    }) %}
    {{ return(forms) }}
{%- endmacro %}
