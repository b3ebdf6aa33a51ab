{% macro stop_if_too_many_rejected() -%}
    {% if execute %}
        {% set n_rows = run_query("select count(*) from " ~ ref("base_events"))
            .columns[0].values()[0] %}
        {% if n_rows == 0 %}
            {% do exceptions.raise_compiler_error(
                "raw_events: '" ~ raw_events_path() ~ "' has no row; give a file with rows"
            ) %}
        {% endif %}
        {% set reasons = run_query(
            "select reason, count(*) from " ~ this
            ~ " group by reason order by count(*) desc, reason"
        ).rows %}
        {% set n_rejected = reasons | map(attribute=1) | sum %}
        {% if _are_too_many(n_rejected, n_rows) %}
            {% set counts = [] %}
            {% for reason, n in reasons %}
                {% do counts.append(reason ~ ": " ~ n) %}
            {% endfor %}
            {% do exceptions.raise_compiler_error(
                n_rejected ~ " of " ~ n_rows ~ " rows of '" ~ raw_events_path()
                ~ "' are rejected (" ~ counts | join(", ") ~ "), more than "
                ~ "max_rejected_fraction " ~ setting("max_rejected_fraction")
                ~ " allows; look at them (" ~ look_at("rejected_events")
                ~ "), then fix the input"
                ~ _hints(n_rows, n_rejected, counts | join("; "))
            ) %}
        {% endif %}
    {% endif %}
{%- endmacro %}


{#- In whole numbers: 0.29 * 100 is less than 29. -#}
{% macro _are_too_many(n_rejected, n_rows) -%}
    {% set share = "%.15f" | format(setting("max_rejected_fraction")) %}
    {{ return(n_rejected * 10 ** 15 > share.replace(".", "") | int * n_rows) }}
{%- endmacro %}


{#- What to set so that the rows are read, and the fraction that leaves out the rest. -#}
{% macro _hints(n_rows, n_rejected, reasons) -%}
    {% set hints, read_then = [_hint_at_null_markers()], [] %}
    {% for id in ["user_id", "item_id"] if "unreadable " ~ id in reasons %}
        {% set hint = _hint_at_id_type(id, n_rows) %}
        {% do hints.append(hint.text) %}
        {% do read_then.append(hint.read_then) %}
    {% endfor %}
    {% set times = _hint_at_times(n_rows) %}
    {% do hints.append(times.text) %}
    {% do read_then.append(times.read_then) %}
    {% set read_then = read_then | select | list %}
    {% set n_left = _n_rejected_then(read_then) if read_then else n_rejected %}
    {% if n_left < n_rows and _are_too_many(n_left, n_rows) %}
        {% set percent = (n_left * 100 + n_rows - 1) // n_rows %}
        {% do hints.append(
            (": " if times.are_none else "; ") ~ "to go on without "
            ~ ("the other " ~ _rows(n_left) if n_left < n_rejected else "these rows")
            ~ " set max_rejected_fraction: " ~ "%.2f" | format(percent / 100)
        ) %}
    {% endif %}
    {{ return(hints | join) }}
{%- endmacro %}


{#- How many rows are rejected once others are read. read_then: for each reason that goes,
    the reason and the condition of its rows. -#}
{% macro _n_rejected_then(read_then) -%}
    {% set left = ["reason"] %}
    {% for reason, condition in read_then %}
        {% do left.append("case when " ~ condition ~ " then replace(" ~ left[-1] ~ ", '"
            ~ reason ~ "', '') else " ~ left[-1] ~ " end") %}
    {% endfor %}
    {{ return(run_query(
        "select count(case when trim(both '; ' from " ~ left[-1] ~ ") <> '' then 1 end)"
        ~ " from " ~ this
    ).columns[0].values()[0]) }}
{%- endmacro %}


{#- Values such as NA, and the mapping csv to paste, with what is set there now. -#}
{% macro _hint_at_null_markers() -%}
    {% set markers, seen = [], [] %}
    {% for id in ["user_id", "item_id"] %}
        {% for value, n in run_query(
            "select " ~ id ~ ", count(*) from " ~ this ~ " where reason like '%unreadable "
            ~ id ~ "%' and " ~ is_like_null(id) ~ " group by " ~ id
            ~ " order by count(*) desc, " ~ id ~ " limit 5"
        ).rows %}
            {% do markers.append(value) %}
            {% do seen.append(_value_seen(id, value, n)) %}
        {% endfor %}
    {% endfor %}
    {% if not markers %} {{ return("") }} {% endif %}
    {% set csv = setting("csv") %}
    {% do csv.update(null_values=csv.null_values + markers | unique(true) | list) %}
    {{ return("; " ~ seen | join(" and ") ~ ", a missing value, it seems; set "
        ~ to_paste("csv", csv)) }}
{%- endmacro %}


{% macro _value_seen(id, value, n) -%}
    {{ return(id ~ " is " ~ _cut(value) ~ " in " ~ _rows(n)) }}
{%- endmacro %}


{% macro _rows(n) -%}
    {{ return(n ~ (" row" if n == 1 else " rows")) }}
{%- endmacro %}


{% macro _cut(value) -%}
    {{ return(in_quotes(value[:80] ~ ("…" if value | length > 80 else ""))) }}
{%- endmacro %}


{#- Ids with letters look like bad rows if whole numbers are expected. If that is most of
    them, the type is wrong; else some rows are. -#}
{% macro _hint_at_id_type(id, n_rows) -%}
    {% set is_other = "reason like '%unreadable " ~ id ~ "%' and not " ~ is_like_null(id) %}
    {% set n_others, n_without = run_query(
        "select count(case when " ~ is_other ~ " then 1 end),"
        ~ " count(case when reason like '%missing " ~ id ~ "%' or reason like '%unreadable "
        ~ id ~ "%' and " ~ is_like_null(id) ~ " then 1 end) from " ~ this
    ).rows[0] %}
    {% if n_others == 0 %} {{ return({"text": "", "read_then": none}) }} {% endif %}
    {% set value, n = run_query(
        "select substr(" ~ id ~ ", 1, 81), count(*) from " ~ this ~ " where " ~ is_other
        ~ " group by " ~ id ~ " order by count(*) desc, " ~ id ~ " limit 1"
    ).rows[0] %}
    {{ return({
        "text": "; " ~ _value_seen(id, value, n) ~ "; for ids that are not whole numbers "
            ~ "set " ~ id ~ "_type: varchar",
        "read_then": ["unreadable " ~ id, "not " ~ is_like_null(id)]
            if n_others * 2 >= n_rows - n_without else none,
    }) }}
{%- endmacro %}


{#- What the rejected times look like, and the setting that reads them. -#}
{% macro _hint_at_times(n_rows) -%}
    {% set times = "(select created_at from " ~ this
        ~ " where reason like '%unreadable created_at%') as times" %}
    {% set values, shown = run_query(
        "select distinct substr(created_at, 1, 81) from " ~ times ~ " order by 1 limit 3"
    ).columns[0].values(), [] %}
    {% if not values %}
        {{ return({"text": "", "read_then": none, "are_none": false}) }}
    {% endif %}
    {% for value in values %}
        {% do shown.append(_cut(value)) %}
    {% endfor %}
    {% set n_unread, n_zeros = run_query(
        "select count(*), count(case when " ~ stands_for_no_time("created_at")
        ~ " then 1 end) from " ~ times
    ).rows[0] %}
    {% set n_without = run_query(
        "select count(*) from " ~ this ~ " where reason like '%missing created_at%'"
    ).columns[0].values()[0] %}
    {% set are_all = n_unread + n_without == n_rows %}
    {% set formats = _formats_that_fit(times, n_unread, are_all) %}
    {% set text = "; created_at is " ~ shown | join(", ") ~ ", where " ~ _forms_read()
        ~ " are read" %}
    {% set zeros = "; 0 and -1 stand for no time, it seems" if n_unread == n_zeros
        and not are_all else "" %}
    {% if formats %}
        {% set text = text ~ "; set " ~ formats | join(", or ")
            ~ (", whichever is meant" if formats | length > 1 else "") %}
    {% elif are_all %}
        {% set text = text ~ '; if all are alike set time_format to a strptime pattern '
            ~ 'such as "%d.%m.%Y %H:%M:%S"' %}
    {% elif not zeros %}
        {% set text = text ~ "; write all of them so" ~ (", or set the time_format that "
            ~ "reads most, which make inspect prints" if n_unread * 2 > n_rows else "") %}
    {% endif %}
    {{ return({
        "text": text ~ zeros,
        "read_then": ["unreadable created_at", "true"] if formats or are_all else none,
        "are_none": zeros != "",
    }) }}
{%- endmacro %}


{% macro _forms_read() -%}
    {% set format = setting("time_format") %}
    {% if format == "auto" %}
        {{ return("timestamps, ISO 8601 dates and times, and epoch numbers from 1990 to "
            ~ "2100 in s, ms, us or ns") }}
    {% elif format in time_units() %}
        {{ return("numbers (time_format " ~ format ~ ")") }}
    {% endif %}
    {{ return("times like " ~ format ~ " (time_format)") }}
{%- endmacro %}


{#- Settings under which every time is read and from 1990 to 2099; each in the words to
    paste. A form is one for all rows: where some times were read, only auto may read
    these too. -#}
{% macro _formats_that_fit(times, n_times, are_all) -%}
    {% set forms, counts, fitting = known_time_forms("created_at"), [], [] %}
    {% for form in forms %}
        {% do counts.append("count(case when " ~ form.reads ~ " then 1 end)") %}
    {% endfor %}
    {% set found = run_query("select " ~ counts | join(", ") ~ " from " ~ times).rows[0] %}
    {% for form, n_read in zip(forms, found.values()) if n_read == n_times %}
        {% if form.setting == "time_format: auto" %}
            {{ return(["time_format: auto, which reads them"]
                if are_all or _auto_reads_all() else []) }}
        {% elif are_all %}
            {% do fitting.append(form.setting) %}
        {% endif %}
    {% endfor %}
    {{ return(fitting) }}
{%- endmacro %}


{#- The input is read once more, only if the build is about to stop. -#}
{% macro _auto_reads_all() -%}
    {{ return(run_query(
        "select count(*) from " ~ ref("raw_events") ~ " where not "
        ~ is_blank("created_at") ~ " and " ~ parse_timestamp("created_at", "auto")
        ~ " is null"
    ).columns[0].values()[0] == 0) }}
{%- endmacro %}
