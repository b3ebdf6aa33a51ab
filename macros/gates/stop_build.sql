{#- Each stops the build with a one-line error if the data cannot be used. They are
    hooks, not data tests, so that `dbt run` runs them too, nothing is built after them,
    and the line says what to do. With `transaction: false` dbt runs them once the
    model's table is committed, so that it can be inspected. -#}

{% macro stop_if_too_many_rejected() -%}
    {% if execute %}
        {% set n_rows = run_query("select count(*) from " ~ ref("base_events"))
            .columns[0].values()[0] %}
        {% set reasons = run_query(
            "select reason, count(*) from " ~ this
            ~ " group by reason order by count(*) desc, reason"
        ).rows %}
        {% set n_rejected = reasons | map(attribute=1) | sum %}
        {% set share = setting("max_rejected_fraction") %}
        {% if n_rejected > share * n_rows %}
            {% set counts = [] %}
            {% for reason, n in reasons %}
                {% do counts.append(reason ~ ": " ~ n) %}
            {% endfor %}
            {% do exceptions.raise_compiler_error(
                n_rejected ~ " of " ~ n_rows ~ " rows of '" ~ raw_events_path()
                ~ "' are rejected (" ~ counts | join(", ") ~ "), more than "
                ~ "max_rejected_fraction " ~ share ~ " allows; look at them ("
                ~ look_at("rejected_events") ~ "), then fix the input or raise max_rejected_fraction"
                ~ _hint_at_id_types(reasons | map(attribute=0) | join("; "))
            ) %}
        {% endif %}
    {% endif %}
{%- endmacro %}


{#- Ids with letters look like bad rows if whole numbers are expected. -#}
{% macro _hint_at_id_types(reasons) -%}
    {% for id in ["user_id", "item_id"]
        if "unreadable " ~ id in reasons and setting(id ~ "_type") == "bigint" %}
        {{- "; for ids that are not whole numbers set " ~ id ~ "_type: varchar" -}}
    {% endfor %}
{%- endmacro %}


{% macro stop_if_no_user_is_eligible() -%}
    {% if execute %}
        {% set counts = run_query(
            "select count(*), count(case when is_eligible then 1 end),"
            ~ " coalesce(max(n_events), 0) from " ~ this
        ).rows[0] %}
        {% if counts[0] == 0 %}
            {% do exceptions.raise_compiler_error(
                "raw_events: '" ~ raw_events_path() ~ "' has no usable row; "
                ~ "to look at rejected rows: " ~ look_at("base_events", "reason is not null")
            ) %}
        {% elif counts[1] == 0 %}
            {% do exceptions.raise_compiler_error(
                "no user of '" ~ raw_events_path() ~ "' has min_interactions "
                ~ min_interactions() ~ " events or more (" ~ counts[0]
                ~ " users, at most " ~ counts[2] ~ " events each); lower "
                ~ "min_interactions or provide more events"
            ) %}
        {% endif %}
    {% endif %}
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
                "pinned_splits: " ~ wrong[0][2] ~ " rows of '" ~ path ~ "' have no "
                ~ "readable user_id or a split other than " ~ splits() | join(", ")
                ~ "; one is user_id " ~ wrong[0][0] ~ ", split " ~ wrong[0][1]
            ) %}
        {% endif %}
        {% set twice = run_query(
            "select user_id, count(*) over () from " ~ pinned
            ~ " group by user_id having count(*) > 1 order by user_id limit 5"
        ).rows %}
        {% if twice %}
            {% do exceptions.raise_compiler_error(
                "pinned_splits: " ~ twice[0][1] ~ " users appear more than once in '"
                ~ path ~ "', among them " ~ twice | map(attribute=0) | join(", ")
            ) %}
        {% endif %}
        {% set missing = run_query(
            "select user_id, count(*) over () from " ~ ref("int_users")
            ~ " where is_eligible and user_id not in (select user_id from " ~ pinned
            ~ ") order by user_id limit 5"
        ).rows %}
        {% if missing %}
            {% do exceptions.raise_compiler_error(
                "pinned_splits: " ~ missing[0][1] ~ " eligible users have no split in '"
                ~ path ~ "', among them " ~ missing | map(attribute=0) | join(", ")
            ) %}
        {% endif %}
    {% endif %}
{%- endmacro %}
