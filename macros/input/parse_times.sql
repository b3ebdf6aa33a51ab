{#- A column of timestamps is read as it is under any format. Whether a date exists and
    a number fits is left to the engine; the regular expressions keep it from reading
    more than we document. -#}

{% macro parse_timestamp(column, format=none) -%}
    {%- set format = format or setting("time_format") -%}
    {%- set text = _as_text(column) -%}
    case
        when upper(typeof({{ column }})) in (
            'TIMESTAMP', 'TIMESTAMP_S', 'TIMESTAMP_MS', 'TIMESTAMP_NTZ', 'DATE'
        )
            then try_cast({{ column }} as timestamp)
        when upper(typeof({{ column }})) = 'TIMESTAMP WITH TIME ZONE'
            then {{ read_zoned_timestamp(column) }}
        {#- a cast would round nanoseconds; their text is floored, also before 1970 -#}
        when upper(typeof({{ column }})) = 'TIMESTAMP_NS' then try_cast({{ text }} as timestamp)
        when upper(typeof({{ column }})) = 'TIMESTAMPTZ_NS'
            then {{ read_zoned_timestamp(text) }}
        {%- if format == "auto" %}
        {{ _when_iso(text) }}
        {{ _when_epoch(column) }}
        {%- elif format in time_units() %}
        {{ _when_number(column, format) }}
        {%- else %}
        {{ when_pattern(_number_or_text(column), format) }}
        {%- endif %}
    end
{%- endmacro %}


{#- As many digits as the end of the year 9999 has; fewer than a bigint of microseconds. -#}
{% macro time_units() -%}
    {{ return({"s": 12, "ms": 15, "us": 18, "ns": 21, "days": 7}) }}
{%- endmacro %}


{#- Text without a zone is the most frequent and needs no rewriting. -#}
{% macro _when_iso(text) -%}
    {%- set date = "(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}/[0-9]{2}/[0-9]{2})" -%}
    {%- set clock = "(?:[01][0-9]|2[0-3]):[0-5][0-9]" -%}
    {%- set time = clock ~ "(?::[0-5][0-9](?:[.,][0-9]+)?)?" -%}
    {%- set plain = "[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T]" ~ clock
        ~ "(?::[0-5][0-9](?:[.][0-9]+)?)?)?" -%}
    {%- set offset = "[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?" -%}
    {%- set zone = " ?(?:[Zz]|UTC|GMT|" ~ offset ~ ")" -%}
    {%- set local = _blanks() ~ date ~ "(?:[ Tt]" ~ time ~ ")?" ~ _blanks() -%}
    {%- set zoned = _blanks() ~ date ~ "[ Tt]" ~ time ~ zone ~ _blanks() -%}
    {#- 2021/08/06t10:00:00,5 UTC becomes 2021-08-06 10:00:00.5+00:00 -#}
    {%- set in_utc -%}
        regexp_replace(upper({{ _without_blanks(text) }}), ' ?(Z|UTC|GMT)$', '+00:00')
    {%- endset -%}
    {%- set rewritten = "translate(" ~ in_utc ~ ", 'T/,', ' -.')" -%}
    when {{ full_match(text, plain) }} then try_cast({{ text }} as timestamp)
        when {{ full_match(text, local) }} then try_cast({{ rewritten }} as timestamp)
        when {{ full_match(text, zoned) }}
            then {{ read_zoned_timestamp(
                "replace(replace(" ~ rewritten ~ ", ' +', '+'), ' -', '-')"
            ) }}
{%- endmacro %}


{% macro epoch_units() -%}
    {{ return({"s": 0, "ms": 3, "us": 6, "ns": 9}) }}
{%- endmacro %}


{% macro epoch_number(unit) -%}
    {%- set more = epoch_units()[unit] -%}
    {{ return("(?:[6-9][0-9]{%s}|[1-4][0-9]{%s})(?:[.][0-9]*)?"
        | format(8 + more, 9 + more)) }}
{%- endmacro %}


{#- Only what falls between 1990 and 2100 in one of the units: no yyyymmdd, day of a
    course, year or spreadsheet's day does. In seconds these are 631152000 and 4102444800;
    digits compare as text if their number is the same, which the first digit decides. -#}
{% macro _when_epoch(column) -%}
    {%- set text = _number_or_text(column) -%}
    {%- set digits = _without_blanks(text) -%}
    {%- for unit in epoch_units() %}
        when {{ full_match(text, _blanks() ~ epoch_number(unit) ~ _blanks()) }}
            then case
                when {{ digits }} >= '631152000' or {{ digits }} < '4102444800'
                    then {{ _time_of_number(text, unit, 0) }}
            end
    {%- endfor %}
{%- endmacro %}


{% macro _when_number(column, unit) -%}
    {%- set text = _number_or_text(column) -%}
    {%- set number = "[+-]?0*[0-9]{1,%s}(?:[.][0-9]*)?" | format(time_units()[unit]) -%}
    when {{ full_match(text, _blanks() ~ number ~ _blanks()) }}
            then {{ _time_of_number(text, unit, _time_origin_microseconds()) }}
{%- endmacro %}


{#- Exact: decimals, of 12 places, floored to microseconds. Widths are such that no product
    has more than 38 digits: Spark would then drop decimals. -#}
{% macro _time_of_number(text, unit, origin) -%}
    {%- set digits -%}
        regexp_extract({{ text }}, '[+-]?[0-9]+([.][0-9]{1,12})?', 0)
    {%- endset -%}
    {%- set microseconds -%}
        {%- if unit == "s" -%} cast({{ digits }} as decimal(24, 12)) * 1000000
        {%- elif unit == "ms" -%} cast({{ digits }} as decimal(27, 12)) * 1000
        {%- elif unit == "us" -%} cast({{ digits }} as decimal(30, 12))
        {%- elif unit == "ns" -%} floor(cast({{ digits }} as decimal(33, 12))) * 0.001
        {%- elif unit == "days" -%} cast({{ digits }} as decimal(19, 12)) * 86400000000
        {%- endif -%}
    {%- endset -%}
    {{ timestamp_of_microseconds(
        "(cast(floor(" ~ microseconds ~ ") as bigint) + " ~ origin ~ ")"
    ) }}
{%- endmacro %}


{#- A double's text may be 1.7e+18 (DuckDB) or 1.628255872E9 (Spark), and 20210801.0 for
    20210801; its digits are kept. Spark writes 0 with 12 places as 0E-12. -#}
{% macro _number_or_text(column) -%}
    {%- set text = _as_text(column) -%}
    {%- set without_exponent -%}
        replace(cast(try_cast({{ text }} as decimal(38, 12)) as string), '0E-12', '0.0')
    {%- endset -%}
    case
        when upper(typeof({{ column }})) <> 'DOUBLE' then {{ text }}
        when upper({{ text }}) like '%E%'
            then regexp_replace({{ without_exponent }}, '[.]?0+$', '')
        else regexp_replace({{ text }}, '[.]0$', '')
    end
{%- endmacro %}


{% macro _without_blanks(text) -%}
    trim(both {{ literal(" \t\n\x0b\x0c\r") }} from {{ text }})
{%- endmacro %}


{#- Days are counted as date.toordinal() counts them. -#}
{% macro _time_origin_microseconds() -%}
    {%- set given = setting("time_origin") -%}
    {%- set parts = modules.re.split("[-: T]", given) | map("int") | list -%}
    {%- set days = modules.datetime.date(*parts[:3]).toordinal()
        - modules.datetime.date(1970, 1, 1).toordinal() -%}
    {%- set hour, minute, second = (parts[3:] + [0, 0, 0])[:3] -%}
    {{ return((((days * 24 + hour) * 60 + minute) * 60 + second) * 1000000) }}
{%- endmacro %}


{#- The regular expression decides what fits a pattern, the same on both engines. -#}
{% macro when_pattern(text, pattern) -%}
    {%- set read = read_directives(pattern) -%}
    when {{ full_match(text, _blanks() ~ read.expression ~ _blanks()) }}
            then {{ read_pattern(_without_blanks(text), read) }}
{%- endmacro %}


{#- A number next to another has all its digits; elsewhere zeros in front may be left
    out, as in Python. -#}
{% macro read_directives(pattern) -%}
    {% set months = "jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec" %}
    {% set long_months = "january|february|march|april|may|june|july|august|september"
        ~ "|october|november|december" %}
    {% set days = "mon|tue|wed|thu|fri|sat|sun" %}
    {% set long_days = "monday|tuesday|wednesday|thursday|friday|saturday|sunday" %}
    {#- most digits, and a letter of Java's, or: an expression, and Java's pattern -#}
    {% set numbers = {"m": [2, "M"], "d": [2, "d"], "H": [2, "H"], "I": [2, "h"],
        "M": [2, "m"], "S": [2, "s"], "j": [3, "D"]} %}
    {% set texts = {
        "Y": ["[0-9]{4}", "yyyy"],
        "y": ["[0-9]{2}", "yy"],
        "f": ["[0-9]{1,6}", "SSSSSS"],
        "b": ["(?i:" ~ months ~ ")", "MMM"],
        "B": ["(?i:" ~ long_months ~ ")", "MMMM"],
        "p": ["(?i:am|pm)", "a"],
        "z": ["[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?", "[XXX][XX][X]"],
        "Z": ["(?:UTC|GMT)", "VV"],
        "a": ["(?i:" ~ days ~ ")", none],
        "A": ["(?i:" ~ long_days ~ ")", none],
    } %}
    {% set whole = pattern | replace("%F", "%Y-%m-%d") | replace("%T", "%H:%M:%S")
        | replace("%R", "%H:%M") | replace("%-", "%") %}
    {% set tokens = modules.re.findall("%.|[^%]|%$", whole, modules.re.DOTALL) %}
    {% set is_number = [] %}
    {% for token in tokens %}
        {% do is_number.append(
            modules.re.fullmatch("[0-9]|%[YymdHIMSjf]", token) is not none
        ) %}
    {% endfor %}
    {% set used, unknown, expression, java, strptime = [], [], [], [], [] %}
    {% for token in tokens %}
        {% set letter = token[1:] %}
        {% do strptime.append(token) %}
        {% if token | length == 1 and token != "%" or token == "%%" %}
            {% set literal_text = token[-1] %}
            {% set is_special = literal_text in ".^$*+?()[]{}|\\" %}
            {% do expression.append(("\\" if is_special else "") ~ literal_text) %}
            {% do java.append("'" ~ ("\x01" if literal_text == "'" else literal_text) ~ "'") %}
        {% elif letter in numbers %}
            {% set most, java_letter = numbers[letter] %}
            {% set is_next_to_one = (not loop.first and is_number[loop.index0 - 1])
                or (not loop.last and is_number[loop.index0 + 1]) %}
            {% set digits = "[0-9]{%s}" | format(most if is_next_to_one else "1," ~ most) %}
            {% do used.append(letter) %}
            {% do expression.append("(" ~ digits ~ ")" if letter == "j" else digits) %}
            {% do java.append(java_letter * (most if is_next_to_one else 1)) %}
        {% elif letter in texts %}
            {% do used.append(letter) %}
            {% do expression.append(texts[letter][0]) %}
            {% do java.append(texts[letter][1]) %}
        {% else %}
            {% do unknown.append(token) %}
        {% endif %}
    {% endfor %}
    {#- to Java 'a''t' is a't, not at -#}
    {% set in_java = java | select("string") | join | replace("''", "")
        | replace("\x01", "''") %}
    {% set fault = _fault_of_directives(used, unknown) %}
    {% set not_java = [] %}
    {% for letter in used if letter in texts and texts[letter][1] is none %}
        {% do not_java.append("%" ~ letter) %}
    {% endfor %}
    {{ return({
        "used": used,
        "fault": fault or fault_of_engine(not_java),
        "expression": expression | join,
        "strptime": strptime | join,
        "java": in_java,
    }) }}
{%- endmacro %}


{% macro _fault_of_directives(used, unknown) -%}
    {% set has = {} %}
    {% for one in used %}
        {% do has.update({one: used.count(one)}) %}
    {% endfor %}
    {% set n_months = used | select("in", ["m", "b", "B"]) | list | length %}
    {% if unknown %}
        {{ return(unknown[0] ~ " is not one of %Y %y %m %b %B %d %j %H %I %p %M %S %f %z "
            ~ "%Z %a %A %F %T %R %%") }}
    {% elif has.values() | list | length and has.values() | max > 1 or n_months > 1
        or ("Y" in has and "y" in has) or ("H" in has and "I" in has)
        or ("j" in has and ("d" in has or n_months)) or ("z" in has and "Z" in has) %}
        {{ return("it gives a part of the time twice") }}
    {% elif "Y" not in has and "y" not in has %}
        {{ return("it needs a year: %Y or %y") }}
    {% elif "d" in has and not n_months %}
        {{ return("a day needs a month: %m, %b or %B") }}
    {% elif ("I" in has) != ("p" in has) %}
        {{ return("%I and %p (AM, PM) need each other; %H has 24 hours") }}
    {% elif "j" in has and ("z" in has or "Z" in has) %}
        {{ return("a day of the year (%j) cannot have a zone") }}
    {% endif %}
    {{ return("") }}
{%- endmacro %}
