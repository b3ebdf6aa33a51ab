{#- Each stops the build with a one-line error if the data cannot be used. They are
    hooks, not data tests, so that `dbt run` runs them too, nothing is built after them,
    and the line says what to do. With `transaction: false` dbt runs them once the
    model's table is committed, so that it can be inspected. -#}

{#- No data depend on the clock: it is read here and for the build's record. -#}
{% macro stop_if_times_are_implausible() -%}
    {% if execute %}
        {% set events = ref("base_events") ~ " where reason is null and "
            ~ is_in_time("ts") %}
        {% set today = run_started_at.strftime("%Y-%m-%d") %}
        {% set after = "ts >= cast('" ~ (run_started_at
            + modules.datetime.timedelta(days=1)).strftime("%Y-%m-%d") ~ "' as timestamp)" %}
        {% set near_1970 = "ts >= cast('1969-12-31' as timestamp)"
            ~ " and ts < cast('1970-01-03' as timestamp)" %}
        {% set n, n_before, n_after, n_near_1970, first, last = run_query(
            "select count(*), count(case when " ~ is_too_early("ts") ~ " then 1 end),"
            ~ " count(case when " ~ after ~ " then 1 end),"
            ~ " count(case when " ~ near_1970 ~ " then 1 end),"
            ~ " cast(min(ts) as string), cast(max(ts) as string) from " ~ events
        ).rows[0] %}
        {% if n_before or n_after %}
            {% set found = [] %}
            {% if n == n_near_1970 %}
                {% do found.append("all " ~ n ~ " within a day of 1970-01-01") %}
            {% else %}
                {% if n_before %} {% do found.append(n_before ~ " before 1990") %} {% endif %}
                {% if n_after %} {% do found.append(n_after ~ " after " ~ today) %} {% endif %}
            {% endif %}
            {% set message = raw_events_path() ~ ": of " ~ n ~ " events, "
                ~ found | join(" and ") ~ " (earliest " ~ _given_and_read(first)
                ~ ", latest " ~ _given_and_read(last) ~ "); "
                ~ _cause_of_implausible_times(first, last, n_before, n_after) %}
            {% if setting("implausible_times") == "stop" %}
                {% do exceptions.raise_compiler_error(
                    message ~ ", or, if the times are right, implausible_times: allow"
                ) %}
            {% else %}
                {% do exceptions.warn("implausible_times: " ~ message) %}
            {% endif %}
        {% endif %}
    {% endif %}
{%- endmacro %}


{#- The input is read once more, only if the build is about to stop. -#}
{% macro _given_and_read(time) -%}
    {{ return(_cut(_given(time)) ~ ", read as " ~ time) }}
{%- endmacro %}


{% macro _given(time) -%}
    {{ return(run_query(
        "select min(cast(created_at as string)) from " ~ ref("raw_events") ~ " where "
        ~ parse_timestamp("created_at") ~ " = cast('" ~ time ~ "' as timestamp)"
    ).columns[0].values()[0] or "") }}
{%- endmacro %}


{#- The likely cause, and the setting that mends it. -#}
{% macro _cause_of_implausible_times(first, last, n_before, n_after) -%}
    {% set format = setting("time_format") %}
    {% if format in time_units() %}
        {% set fitting = [] %}
        {% for unit in epoch_units() %}
            {% set expression = "[+]?0*" ~ epoch_number(unit) %}
            {% if unit != format and modules.re.fullmatch(expression, _given(first).strip())
                and modules.re.fullmatch(expression, _given(last).strip()) %}
                {% do fitting.append(unit) %}
            {% endif %}
        {% endfor %}
        {% if fitting %}
            {{ return("the unit is another: set time_format: " ~ fitting[0]) }}
        {% elif format == "days" %}
            {{ return("day 0 is another date, it seems: set time_origin to it, as in "
                ~ 'time_origin: "2014-02-01"') }}
        {% endif %}
        {{ return("numbers in another unit, or 0 for no time: set time_format to the unit, "
            ~ "or leave created_at empty if there is none") }}
    {% elif format != "auto" and "%y" in format %}
        {{ return("two-digit years are read as 1969 to 2068: write years with four digits "
            ~ "and set time_format: " ~ in_quotes(format.replace("%y", "%Y"))) }}
    {% elif n_before %}
        {{ return("a default date stands for no time, it seems: leave created_at empty "
            ~ "there, so that the rows are rejected") }}
    {% endif %}
    {{ return("planned or mistyped times, or a clock that is wrong: correct them, or set "
        ~ "time_until to leave them out") }}
{%- endmacro %}


{% macro stop_if_no_user_is_eligible() -%}
    {% if execute %}
        {% set counts = run_query(
            "select count(*), count(case when is_eligible then 1 end),"
            ~ " coalesce(max(n_events), 0) from " ~ this
        ).rows[0] %}
        {% set n_accepted = run_query("select count(*) from " ~ ref("stg_events"))
            .columns[0].values()[0] if counts[0] == 0 else none %}
        {% if n_accepted %}
            {% do exceptions.raise_compiler_error(
                "all " ~ n_accepted ~ " events of '" ~ raw_events_path() ~ "' are left out "
                ~ "by " ~ limits_on_events() ~ "; widen or leave out "
                ~ "these settings"
            ) %}
        {% elif counts[0] == 0 %}
            {% do exceptions.raise_compiler_error(
                "raw_events: '" ~ raw_events_path() ~ "' has no usable row; "
                ~ "to look at rejected rows: " ~ look_at("base_events", "reason is not null")
            ) %}
        {% elif counts[1] == 0 %}
            {% do exceptions.raise_compiler_error(
                "no user of '" ~ raw_events_path() ~ "' has min_interactions "
                ~ min_interactions() ~ " events or more (" ~ counts[0]
                ~ " users, at most " ~ counts[2] ~ " events each"
                ~ (", after " ~ limits_on_events() if limits_on_events() else "")
                ~ "); " ~ lower_what_a_user_needs() ~ " or provide more events"
            ) %}
        {% endif %}
    {% endif %}
{%- endmacro %}


{% macro lower_what_a_user_needs() -%}
    {% if setting("min_interactions") is not none %}
        {{ return("lower min_interactions") }}
    {% endif %}
    {{ return("that is episode_k " ~ setting("episode_k") ~ " + episode_q "
        ~ setting("episode_q") ~ ": lower these") }}
{%- endmacro %}


{#- Prefixes without a cap grow with the square of a user's events. Each item
    takes 8 bytes once in pairs and (K + Q) / Q times in episodes. -#}
{% macro stop_if_prefixes_are_too_large() -%}
    {% if execute %}
        {% set k, q = setting("episode_k"), setting("episode_q") %}
        {% set gib = "8 * (1 + (" ~ k ~ " + " ~ q ~ ") / " ~ q ~ ") / 1073741824" %}
        {% set largest = run_query(
            "select user_id, n_pairs, n_prefix_items, n_prefix_items * " ~ gib
            ~ ", sum(n_prefix_items) over () * " ~ gib ~ " from " ~ this
            ~ " order by n_prefix_items desc, user_id limit 1"
        ).rows %}
        {% for user_id, n_pairs, n_items, of_user, of_all in largest %}
            {% for name, size, whose in [
                ("max_prefix_gib", of_all, "the prefixes of pairs and episodes"),
                ("max_user_prefix_gib", of_user, "one user's prefixes"),
            ] if size > setting(name) %}
                {% do exceptions.raise_compiler_error(
                    whose ~ " would take up to " ~ "%.1f" | format(size)
                    ~ " GiB, more than " ~ name ~ " " ~ setting(name)
                    ~ " allows (user " ~ user_id ~ " alone: " ~ n_pairs ~ " pairs, "
                    ~ n_items ~ " items); set max_prefix_len, or raise " ~ name
                ) %}
            {% endfor %}
        {% endfor %}
    {% endif %}
{%- endmacro %}


{% macro stop_if_users_are_not_pinned() -%}
    {% if execute and setting("split_method") == "pinned" %}
        {% set pinned = ref("stg_pinned_splits") %}
        {% set path = setting("pinned_splits") %}
        {% set wrong = run_query(
            "select user_id, split, count(*) over () from " ~ pinned
            ~ " where user_id is null or split is null"
            ~ " or split not in ('" ~ splits() | join("', '") ~ "') order by 1, 2 limit 1"
        ).rows %}
        {% if wrong %}
            {% do exceptions.raise_compiler_error(
                "pinned_splits: rows of '" ~ path ~ "' without a readable user_id, or "
                ~ "with a split other than " ~ splits() | join(", ") ~ ": "
                ~ wrong[0][2] ~ ", among them user_id " ~ wrong[0][0] ~ ", split "
                ~ wrong[0][1]
            ) %}
        {% endif %}
        {% set twice = run_query(
            "select user_id, count(*) over () from " ~ pinned
            ~ " group by user_id having count(*) > 1 order by user_id limit 5"
        ).rows %}
        {% if twice %}
            {% do exceptions.raise_compiler_error(
                "pinned_splits: users more than once in '" ~ path ~ "': "
                ~ twice[0][1] ~ ", among them " ~ twice | map(attribute=0) | join(", ")
            ) %}
        {% endif %}
        {% set missing = run_query(
            "select user_id, count(*) over () from " ~ ref("int_users")
            ~ " where is_eligible and user_id not in (select user_id from " ~ pinned
            ~ ") order by user_id limit 5"
        ).rows %}
        {% if missing %}
            {% do exceptions.raise_compiler_error(
                "pinned_splits: eligible users without a split in '" ~ path ~ "': "
                ~ missing[0][1] ~ ", among them "
                ~ missing | map(attribute=0) | join(", ")
            ) %}
        {% endif %}
    {% endif %}
{%- endmacro %}


{#- A file of courses of which none is an item is a mistake, such as ids of another kind.
    -#}
{% macro stop_if_no_course_is_described() -%}
    {% if execute and setting("items") %}
        {% set items = ref("stg_items") %}
        {% set n_found = run_query(
            "select count(*) from " ~ this ~ " as ours inner join " ~ items
            ~ " as given on ours.course_id = given.course_id"
        ).columns[0].values()[0] %}
        {% if n_found == 0 %}
            {% do exceptions.raise_compiler_error("items: no course of the vocabulary is in '"
                ~ setting("items") ~ "'; name the file of these courses, or set items: null")
            %}
        {% endif %}
    {% endif %}
{%- endmacro %}
