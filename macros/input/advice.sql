{#- For advice only: what is read is never guessed. -#}
{% macro stop_if_not_text(is_file, name, file, bytes, csv) -%}
    {#- the engine has to read a file whole to see how it starts -#}
    {% if bytes < 2 ** 26 %}
        {% set magic = run_query(first_bytes(only_file(file))).columns[0].values()[0] %}
        {% set is, kind = magic.startswith, file_ending(file) | lower %}
        {% set remedy, utf_16 = none, _utf_16_seen(magic) %}
        {% if is("504B0304") %}
            {% set remedy = "a zip archive (or an Excel file); unpack it, or save it as CSV" %}
        {% elif is("1F8B") and not kind.endswith(".gz") %}
            {% set remedy = "compressed with gzip; add .gz to its name" %}
        {% elif is("28B52FFD") and not kind.endswith(".zst") %}
            {% set remedy = "compressed with zstd; add .zst to its name" %}
        {% elif is("50415231") and kind != ".parquet" %}
            {% set remedy = "Parquet; end its name in .parquet" %}
        {% elif utf_16 %}
            {% set remedy = "UTF-16; save it as UTF-8: " ~ _to_utf_8(name, file, utf_16) %}
        {% elif bytes <= 512 and modules.re.fullmatch("(EFBBBF)?(09|0A|0D|20)+", magic) %}
            {% set remedy = "blank; give a file with rows" %}
        {% elif is("53514C697465") or is("D0CF11E0") or is("89504E47") or is("25504446") %}
            {% set remedy = "not text but a database, a document or an image; export its "
                ~ "table as CSV" %}
        {% elif kind != ".parquet" and not kind.endswith((".gz", ".zst"))
            and _is_binary(magic, csv.delimiter) %}
            {% set remedy = "not text; export it as CSV in UTF-8" %}
        {% endif %}
        {% if remedy %}
            {% do exceptions.raise_compiler_error(is_file ~ "is " ~ remedy) %}
        {% endif %}
    {% endif %}
{%- endmacro %}


{#- What iconv calls it; none if it is not UTF-16. Without a byte order mark every other
    byte of most texts is zero. -#}
{% macro _utf_16_seen(hex) -%}
    {% if modules.re.match("FFFE|FEFF", hex) %}
        {{ return("UTF-16") }}
    {% elif modules.re.match("((?!00)..00){4}", hex) %}
        {{ return("UTF-16LE") }}
    {% elif modules.re.match("(00(?!00)..){4}", hex) %}
        {{ return("UTF-16BE") }}
    {% endif %}
    {{ return(none) }}
{%- endmacro %}


{#- A command to paste. A file that is named gets a copy; one of a folder is replaced, or
    both would be read. -#}
{% macro _to_utf_8(name, file, code) -%}
    {% set parts = file.rsplit("/", 1) %}
    {% set copy = modules.re.sub("[^/]*$", "", file) ~ "utf8_" ~ parts[-1] %}
    {% set command = "iconv -f " ~ code ~ " -t UTF-8 " ~ shell_quoted(file) ~ " > "
        ~ shell_quoted(copy) %}
    {% set given = setting(name) or "" %}
    {% if file in [given, only_file(given)] or only_file(file) == given %}
        {{ return(command ~ ", and set " ~ name ~ " to the new file") }}
    {% endif %}
    {{ return(command ~ " && mv " ~ shell_quoted(copy) ~ " " ~ shell_quoted(file)) }}
{%- endmacro %}


{#- Whether many of the first 512 bytes are of those before blank, but for tab and line
    breaks. What separates fields may be one of them, and a few are in texts. -#}
{% macro _is_binary(hex, delimiter) -%}
    {% set found = [] %}
    {% for byte in modules.re.findall("..", hex) if modules.re.match("0[0-8EF]|1.", byte)
        and "%c" % (byte | int(0, 16)) not in delimiter %}
        {% do found.append(byte) %}
    {% endfor %}
    {{ return(found | length > 24 and ("00" in found or found | unique | list | length > 1))
    }}
{%- endmacro %}


{% macro sample_lines(is_file, file) -%}
    {% set lines = [] %}
    {% for line in run_query(first_lines(file)).columns[0].values() if line %}
        {% do lines.append(line.lstrip("\ufeff").rstrip("\r")) %}
    {% endfor %}
    {% if not lines or "\0" in lines[0] %}
        {% do exceptions.raise_compiler_error(is_file ~ "is not UTF-8 text; export it as "
            ~ "CSV in UTF-8") %}
    {% endif %}
    {{ return(lines) }}
{%- endmacro %}


{% macro shown(line) -%}
    {{ return("'" ~ modules.re.sub("[\\s\\x00-\\x1f]+", " ", line)[:80]
        ~ ("…'" if line | length > 80 else "'")) }}
{%- endmacro %}


{#- JSON has letters that are not ASCII as \u and digits: only where it must. -#}
{% macro in_quotes(value) -%}
    {% set is_plain = value is string and value.isprintable()
        and '"' not in value and "\\" not in value %}
    {{ return('"' ~ value ~ '"' if is_plain else tojson(value, value | string)) }}
{%- endmacro %}


{% macro stop_if_written_otherwise(is_file, lines, csv, used) -%}
    {% set stop = exceptions.raise_compiler_error %}
    {% set delimiter = _delimiter_seen(lines, csv) %}
    {% set fields = split_line(lines[0], delimiter, csv.quote) %}
    {% set is_other = delimiter != csv.delimiter %}
    {% set place = _place_of_time(lines, delimiter, csv.quote) %}
    {% set options = ["delimiter: " ~ in_quotes(delimiter)] if is_other else [] %}
    {% if csv.header and not _has_all(fields, used) and _is_row(fields) %}
        {% do options.append("header: false") %}
        {% do stop(is_file ~ "has no header: line 1 is " ~ shown(lines[0]) ~ "; set csv: {"
            ~ options | join(", ") ~ "} and columns by number" ~ _numbers(fields, place)) %}
    {% elif is_other %}
        {% if not csv.header %}
            {% do options.append("header: false") %}
        {% endif %}
        {% do stop(is_file ~ "is not separated by " ~ in_quotes(csv.delimiter) ~ " but by "
            ~ in_quotes(delimiter) ~ ": line 1 is " ~ shown(lines[0]) ~ "; set csv: {"
            ~ options | join(", ") ~ "}") %}
    {% elif not csv.header and lines | length > 1 and _is_header_of(
        fields, split_line(lines[1], delimiter, csv.quote)) %}
        {% do stop(is_file ~ "has a header: line 1 is " ~ shown(lines[0])
            ~ "; set csv: {header: true} and columns by name") %}
    {% endif %}
{%- endmacro %}


{#- The one given; where it is not in the first line, another that is in all lines, in
    each as often. -#}
{% macro _delimiter_seen(lines, csv) -%}
    {% if split_line(lines[0], csv.delimiter, csv.quote) | length == 1 %}
        {% for other in ["\t", ";", "|", "::", ","] + _marks(lines[0]) + [" "] %}
            {% set counts = [] %}
            {% for line in lines %}
                {% do counts.append(split_line(line, other, csv.quote) | length) %}
            {% endfor %}
            {% if counts | min > 1 and counts | min == counts | max %}
                {{ return(other) }}
            {% endif %}
        {% endfor %}
    {% endif %}
    {{ return(csv.delimiter) }}
{%- endmacro %}


{#- The signs that a line has twice or more and that are rarely part of a text's words,
    numbers and times. -#}
{% macro _marks(line) -%}
    {% set found = [] %}
    {% for mark in line | unique(true)
        if line.count(mark) > 1 and not modules.re.match("[\\w\\s./:\"'+-]", mark) %}
        {% do found.append(mark) %}
    {% endfor %}
    {{ return(found) }}
{%- endmacro %}


{% macro split_line(line, delimiter, quote) -%}
    {% set fields, parts = [], [] %}
    {% for part in line.split(delimiter) %}
        {% do parts.append(part) %}
        {% set field = parts | join(delimiter) %}
        {% if not quote or not field.lstrip().startswith(quote)
            or field.count(quote) % 2 == 0 %}
            {% do fields.append(field.strip().strip(quote) if quote else field.strip()) %}
            {% do parts.clear() %}
        {% endif %}
    {% endfor %}
    {{ return(fields + ([parts | join(delimiter)] if parts else [])) }}
{%- endmacro %}


{% macro _has_all(fields, used) -%}
    {% for _, column in used if not matching_columns(column, fields) %}
        {{ return(false) }}
    {% endfor %}
    {{ return(true) }}
{%- endmacro %}


{#- A line with another number of fields is a title or a comment. -#}
{% macro _is_header_of(fields, next) -%}
    {{ return(fields | select | list and fields | length == next | length
        and not _is_row(fields) and _is_row(next)) }}
{%- endmacro %}


{#- A header has no numbers and no times. -#}
{% macro _is_row(fields) -%}
    {% for field in fields if modules.re.match(row_pattern(), field) %}
        {{ return(true) }}
    {% endfor %}
    {{ return(false) }}
{%- endmacro %}


{% macro row_pattern() -%}
    {{ return("[+-]?[0-9]+([.][0-9]+)?$|" ~ _date()) }}
{%- endmacro %}


{% macro _date() -%}
    {{ return("[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}") }}
{%- endmacro %}


{#- The number of the last column that looks like a time; 0 if none does. -#}
{% macro _place_of_time(lines, delimiter, quote) -%}
    {% set counts = {} %}
    {% for line in lines %}
        {% for field in split_line(line, delimiter, quote) if modules.re.match(
            "[0-9]{9,19}([.][0-9]+)?$|" ~ _date(), field) %}
            {% set number = split_line(line, delimiter, quote).index(field) + 1 %}
            {% do counts.update({number: counts.get(number, 0) + 1}) %}
        {% endfor %}
    {% endfor %}
    {% set places = [0] %}
    {% for number, count in counts.items() if count == lines | length %}
        {% do places.append(number) %}
    {% endfor %}
    {{ return(places | max) }}
{%- endmacro %}


{#- Which numbers to write, as far as they can be seen. -#}
{% macro _numbers(fields, place) -%}
    {% set others = range(1, fields | length + 1) | reject("equalto", place) | list %}
    {% if place == 0 %}
        {{ return("; none of its " ~ fields | length ~ " columns looks like a time, which "
            ~ "every row needs (docs/bring-your-own-data.md has an example for rows that "
            ~ "are only in order)") }}
    {% endif %}
    {{ return(", such as columns: {user_id: " ~ others[0] ~ ", item_id: "
        ~ (others + [2])[1] ~ ", created_at: " ~ place ~ "}") }}
{%- endmacro %}


{% macro stop_at_bad_row(is_file, file, lines, csv, every_row=false) -%}
    {% set n_fields = split_line(lines[0], csv.delimiter, csv.quote) | length %}
    {% set is_whole = not csv.quote or lines[0].count(csv.quote) % 2 == 0 %}
    {% for line, why, text in first_bad_row(file, csv, n_fields, every_row)
        if is_whole %}
        {% do exceptions.raise_compiler_error(is_file ~ "cannot be read at line " ~ line
            ~ ": " ~ why.rstrip(".") ~ ": " ~ shown(text or "") ~ "; "
            ~ _remedy_for_row(why, text or "", csv, n_fields)) %}
    {% endfor %}
{%- endmacro %}


{% macro _remedy_for_row(why, text, csv, n_fields) -%}
    {% set same_quote = modules.re.search("(^|" ~ modules.re.escape(csv.delimiter) ~ ")'",
        text) %}
    {% if "Maximum line size" in why %}
        {{ return("a line may have 16 MB: shorten its longest field or remove that "
            ~ "column; if a quote in it is never closed, close it") }}
    {% elif "unicode" in why | lower or "utf" in why | lower %}
        {{ return("save the file as UTF-8") }}
    {% elif '\\"' in text and csv.escape != "\\" %}
        {{ return('set csv: {escape: "\\\\"}') }}
    {% elif "quote" in why | lower %}
        {{ return("quote fields by " ~ csv.quote ~ " and write a quote within one as "
            ~ csv.escape ~ csv.quote ~ '; if quotes are part of the text, set csv: '
            ~ '{quote: "", escape: ""}') }}
    {% elif same_quote and csv.quote != "'" %}
        {{ return("if fields are quoted by ', set csv: {quote: \"'\", escape: \"'\"}; else "
            ~ "give as many fields in each row as in line 1") }}
    {% endif %}
    {{ return("give as many fields in each row as in line 1"
        ~ ("; remove lines above the header" if n_fields == 1 else "")) }}
{%- endmacro %}
