"""Break the models in small ways, one at a time, and see which test notices.

Each fault is made in a temporary copy of the project (what git tracks or would track).
The suite runs on it in two stages and stops at the first that fails: `dbt build` of the
sample (unit and data tests), then the pytest files that build from made-up input; the
test that caught the fault when --report was last written goes before both. A fault
nothing notices is a missing test. A fault whose text is no longer in its file, or
is there twice, stops the run: mend it here.

Exit codes: 0 all faults were caught, 1 some were not, 2 a fault does not apply or the
project fails without any, 130 interrupted.
"""

import argparse
import json
import os
import queue
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from checkout import PROJECT, commit, git

REPORT = Path("docs/mutations.md")
PYTEST_FILES = [
    "tests/python/test_against_reference.py",
    "tests/python/test_bad_input.py",
    "tests/python/test_compact.py",
    "tests/python/test_exporter.py",
    "tests/python/test_input.py",
    "tests/python/test_settings.py",
]
NODE_KINDS = {"unit_test": "unit test", "test": "data test", "model": "model"}
NAMED_AT_MOST = 3

EVENTS = "models/sessionization/int_user_events.sql"
SESSIONIZED = "models/sessionization/events_sessionized.sql"
SESSIONS = "models/sessionization/sessions.sql"
SPLITS = "models/users/user_splits.sql"
VOCAB = "models/users/vocab.sql"
PAIRS = "models/sequences/pairs.sql"
EPISODES = "models/few_shot/episodes.sql"
WINDOWS = "models/few_shot/int_episode_windows.sql"
USER_PAIRS = "models/sequences/int_user_totals.sql"
PREFIX = "macros/rules/prefix.sql"
PARTED = "macros/rules/support_and_query.sql"
USERS = "models/users/int_users.sql"
SEQUENCES = "models/sequences/int_sequence_items.sql"
BASE = "models/input/base_events.sql"
STAGED = "models/input/stg_events.sql"
REJECTED = "models/input/rejected_events.sql"
DISTRIBUTIONS = "models/report/report_distributions.sql"
FUNNEL = "models/report/report_funnel.sql"
METRICS = "models/report/report_metrics.sql"
REPORT_VALUES = "models/report/report_values.sql"
REPORT_SPLITS = "models/report/report_splits.sql"
HISTOGRAMS = "models/report/report_histograms.sql"
DISTANCES = "models/report/report_split_distances.sql"
ACTIVITY = "models/report/report_activity.sql"
RAW_DATA = "models/report/report_input.sql"
RUN_CONFIG = "models/report/run_config.sql"
INPUT_FILES = "models/input/input_files.sql"
READING = "macros/input/parse_events.sql"
SETTINGS = "macros/settings/settings.sql"
CHECKS = "macros/settings/check_settings.sql"
STOPS = "macros/gates/stop_build.sql"
RECORD = "macros/record/build_record.sql"
FILES = "macros/input/input_files.sql"
WRITING = "src/mooc_episodes/publish/parquet.py"


@dataclass(frozen=True)
class Fault:
    """A small fault.

    Attributes:
        file: Where it is made, relative to the project.
        old: Text that is in the file exactly once.
        new: What stands there instead.
        why: What would be wrong.
    """

    file: str
    old: str
    new: str
    why: str


@dataclass(frozen=True)
class Catch:
    """What noticed a fault.

    Attributes:
        kind: "unit test", "data test", "model" (its contract, or a value that cannot be
            computed), "dbt" (no build at all) or "pytest"; "" where nothing did.
        names: Those that failed.
    """

    kind: str
    names: tuple[str, ...]

    def __str__(self) -> str:
        """For the report: what kind of test, and its name."""
        if not self.kind:
            return "**not caught**"
        shown = ", ".join(f"`{name}`" for name in self.names[:NAMED_AT_MOST])
        more = len(self.names) - NAMED_AT_MOST
        return f"{self.kind} {shown}" + (f" and {more} more" if more > 0 else "")


NOT_CAUGHT = Catch("", ())

FAULTS = [
    # events: what a row must hold, how a time is read
    Fault(
        READING,
        "when abs({{ number }}) < 100000000000",
        "when {{ number }} < 100000000000",
        "milliseconds before 1970 are read as seconds",
    ),
    Fault(READING, "1000000 else 1000 end", "1000000 else 1000000 end", "ms as s"),
    Fault(
        READING,
        "< 100000000000 then",
        "<= 100000000000 then",
        "the first number of milliseconds is read as seconds",
    ),
    Fault(
        READING,
        "cast(floor(\n",
        "cast(round(\n",
        "less than a microsecond is rounded up, not floored",
    ),
    Fault(
        READING,
        "epoch_us(date_trunc('second', {{ ts }})) // 1000000",
        "epoch_us({{ ts }}) // 1000000",
        "ts_epoch is not floored before 1970",
    ),
    Fault(
        READING,
        "    timezone('UTC', try_cast({{ text }} as timestamptz))",
        "    try_cast(substr({{ text }}, 1, 19) as timestamp)",
        "the offset of a time is ignored",
    ),
    Fault(READING, "(:?[0-5][0-9])?)", "(:[0-5][0-9])?)", "-0430 is no offset"),
    Fault(READING, '[ T]" ~ time ~ zone', 'T" ~ time ~ zone', "zones only after T"),
    Fault(READING, "|2[0-3]):", "|2[0-4]):", "24:00:00 is read as a time"),
    Fault(
        READING,
        'blanks() ~ "[+-]?[0-9]+" ~ blanks()',
        'blanks() ~ "[+-]?[0-9.]+" ~ blanks()',
        "12.0 is read as the id 12",
    ),
    Fault(READING, "[ \\\\t\\\\n\\\\x0b\\\\f\\\\r]*", "[ ]*", "a tab is an id"),
    Fault(READING, "then {{ number }} + 0", "then {{ number }}", "-0.0 stays"),
    Fault(
        READING,
        "            and abs({{ number }}) < cast('infinity' as double)\n",
        "",
        "1e999 is read as infinity",
    ),
    Fault(
        READING,
        "when {{ is_blank(column) }} then 'missing {{ column }}'",
        "when {{ column }} is null then 'missing {{ column }}'",
        "a blank value is unreadable, not missing",
    ),
    Fault(BASE, "between 1 and 9999", "between 1 and 99999", "year 33658 is accepted"),
    Fault(BASE, "between 1 and 9999", "between 0 and 9999", "year 0 is accepted"),
    Fault(
        BASE,
        '{{ reject_reason("item_id", "item_id_read is not null") }},',
        "",
        "an event without a course is accepted",
    ),
    Fault(
        BASE,
        'and not {{ is_blank("watch_percentage") }}',
        "",
        "a blank watch_percentage counts as unreadable",
    ),
    Fault(STAGED, "where reason is null", "", "rejected rows become events"),
    Fault(
        REJECTED,
        "where reason is not null",
        "where reason like 'unreadable%'",
        "rows without a user disappear",
    ),
    Fault(
        REJECTED,
        "rating_given as rating",
        "watch_percentage_given as rating",
        "a rejected row is not as it was given",
    ),
    Fault(
        "profiles.yml",
        "        TimeZone: UTC\n",
        "        preserve_insertion_order: true\n",
        "rejected times are written in the machine's zone",
    ),
    # users
    Fault(USERS, "n_events >= ", "n_events > ", "one event more than needed is needed"),
    Fault(
        USERS,
        "count(*) as n_events",
        "count(distinct course_id) as n_events",
        "repeats do not count for eligibility",
    ),
    Fault(
        SETTINGS,
        'setting("episode_k") + setting("episode_q") if given',
        'setting("episode_q") if given',
        "Q events make a user eligible",
    ),
    # splits
    Fault(
        "macros/rules/split_key.sql", ", 1, 13)", ", 1, 12)", "12 digits of the hash"
    ),
    Fault(
        SPLITS,
        'literal(setting("split_seed"))',
        "literal(20260112)",
        "the seed is ignored",
    ),
    Fault(SPLITS, "    where is_eligible\n", "", "ineligible users are in the splits"),
    Fault(
        SPLITS,
        "order by split_key, user_id)",
        "order by split_key)",
        "users of one key are in no order",
    ),
    Fault(
        SPLITS,
        "order by split_key, user_id)",
        "order by user_id)",
        "users are split by id, not by hash",
    ),
    Fault(
        SPLITS,
        "when split_rank <= n_train then",
        "when split_rank < n_train then",
        "train is one user short",
    ),
    Fault(
        SPLITS,
        "when split_rank <= n_train + n_val then",
        "when split_rank <= n_train + n_val + 1 then",
        "val has a user of test",
    ),
    Fault(
        SPLITS,
        "floor(count(*) over () * {{ val }})",
        "round(count(*) over () * {{ val }})",
        "val is rounded, not floored",
    ),
    Fault(
        SPLITS,
        '"%.9f" | format(train), "%.9f" | format(val) -%}',
        'train ~ "::double", val ~ "::double" -%}',
        "ratios are binary floats: 90 * 0.7 is 62",
    ),
    Fault(
        SPLITS,
        '"%.9f" | format(train), "%.9f" | format(val) -%}',
        '"%.6f" | format(train), "%.6f" | format(val) -%}',
        "ratios are cut to 6 decimals",
    ),
    Fault(
        SPLITS,
        "when split_key < floor({{ key_space }} * {{ train }})",
        "when split_key <= floor({{ key_space }} * {{ train }})",
        "stable: the boundary is in train",
    ),
    Fault(
        SPLITS,
        "* ({{ train }} + {{ val }}))",
        "* {{ val }})",
        "stable: val ends where it would if it came first",
    ),
    Fault(
        SPLITS,
        'from {{ setting("split_method") }}_splits',
        "from exact_splits",
        "split_method is ignored",
    ),
    # vocabulary
    Fault(
        VOCAB,
        'inner join {{ ref("user_splits") }}',
        'inner join {{ ref("int_users") }}',
        "courses of ineligible users leak in",
    ),
    Fault(
        VOCAB,
        "order by course_id)",
        "order by cast(course_id as varchar))",
        "numbers are ordered as strings",
    ),
    Fault(VOCAB, ") - 1 as item_id", ") as item_id", "items are numbered from 1"),
    # order and sessions
    Fault(
        EVENTS,
        'inner join {{ ref("user_splits") }}',
        'left join {{ ref("user_splits") }}',
        "events of ineligible users leak in",
    ),
    Fault(EVENTS, "                item_id,\n", "", "ties are not ordered by course"),
    Fault(
        EVENTS,
        "                ts,\n",
        "",
        "the fraction of a second is lost from the order",
    ),
    Fault(
        EVENTS,
        "watch_percentage nulls first",
        "watch_percentage nulls last",
        "events without a watch_percentage come last",
    ),
    Fault(
        EVENTS,
        "                watch_percentage nulls first,\n",
        "",
        "watch_percentage is lost from the order",
    ),
    Fault(
        EVENTS,
        "watch_percentage nulls first,\n                rating nulls first\n",
        "watch_percentage nulls first\n",
        "rating is lost from the order",
    ),
    Fault(EVENTS, "gap_seconds > {{", "gap_seconds >= {{", "the threshold itself cuts"),
    Fault(
        EVENTS,
        '{{ setting("session_gap_seconds") }}',
        "1800",
        "session_gap_seconds is ignored",
    ),
    Fault(
        EVENTS,
        "ts_epoch - lag(ts_epoch) over",
        "lead(ts_epoch) over",
        "the gap is that to the next event, the notebook's defect",
    ),
    Fault(
        EVENTS,
        "            partition by user_id\n            order by\n",
        "            order by\n                user_id,\n",
        "a gap is measured from another user's event",
    ),
    Fault(
        EVENTS,
        '{{ last_not_null("starts_at") }} over (',
        "last_value(starts_at) over (",
        "only a session's first event knows where it starts",
    ),
    Fault(
        EVENTS,
        "            partition by user_id\n            order by event_number\n",
        "            order by event_number\n",
        "sessions are carried on to the next user",
    ),
    Fault(
        EVENTS,
        "            order by event_number\n            rows",
        "            order by event_number desc\n            rows",
        "an event is in the session that comes after it",
    ),
    Fault(
        EVENTS,
        "lag(item_id) over",
        "lead(item_id) over",
        "the last of a run is kept",
    ),
    Fault(
        SESSIONIZED,
        "- events.session_start + 1 as pos_in_sess",
        "- events.session_start as pos_in_sess",
        "pos_in_sess counts from 0",
    ),
    Fault(
        SESSIONIZED,
        "        events.ts,\n",
        "        case when events.event_number = 1 then events.ts end as ts,\n",
        "a published time is null",
    ),
    Fault(
        SESSIONIZED,
        "events.event_number - events.session_start + 1 as pos_in_sess",
        "events.event_number as pos_in_sess",
        "pos_in_sess does not begin anew",
    ),
    Fault("macros/rules/session_id.sql", "'%04d'", "'%03d'", "session ids of 3 digits"),
    Fault(
        SESSIONS,
        "order by n_events desc, item_id asc",
        "order by n_events desc, cast(item_id as varchar) asc",
        "the smallest course of a tie is chosen as a string",
    ),
    Fault(
        SESSIONS,
        "order by n_events desc, item_id asc",
        "order by item_id asc",
        "a session's course is not its most frequent",
    ),
    Fault(
        SESSIONS,
        "    group by user_id, session_start\n\n),\n\nsessions_numbered",
        "    group by user_id, session_start\n    having count(*) > 1\n\n),"
        "\n\nsessions_numbered",
        "sessions of one event are lost, with the event",
    ),
    Fault(SESSIONS, "max(ts_epoch) as", "min(ts_epoch) as", "sessions take no time"),
    Fault(
        SESSIONS,
        "(partition by user_id order by session_start)",
        "(order by user_id, session_start)",
        "sessions are not numbered in each user",
    ),
    # sequences
    Fault(
        SEQUENCES,
        "where previous_item_id is null or item_id",
        "where item_id",
        "a user's first item is lost",
    ),
    Fault(
        SEQUENCES,
        '{% if setting("deduplicate_consecutive") -%}',
        "{% if true -%}",
        "deduplicate_consecutive is ignored",
    ),
    Fault(
        SEQUENCES,
        "partition by user_id order by event_number",
        "partition by user_id order by ts_epoch",
        "items of one second are in no order",
    ),
    Fault(
        SEQUENCES,
        "previous_ts_epoch < ts_epoch",
        "previous_ts_epoch <= ts_epoch",
        "a label in the second of the item before it is kept",
    ),
    Fault(
        SEQUENCES,
        "partition by user_id order by event_number",
        "order by user_id, event_number",
        "a user's first item is a label, after another user's",
    ),
    Fault(
        SEQUENCES,
        "lag(ts_epoch) over",
        "lag(ts_epoch, 2) over",
        "a label is compared with the item before the previous",
    ),
    Fault(
        SEQUENCES,
        "partition by user_id, is_label order by position",
        "partition by user_id order by position",
        "pair numbers have holes where a label was skipped",
    ),
    # pairs
    Fault(PAIRS, "and 1 preceding", "and current row", "the prefix has its label"),
    Fault(
        PAIRS,
        "            partition by user_id\n            order by position\n",
        "            order by user_id, position\n",
        "prefixes begin with other users' items",
    ),
    Fault(
        PAIRS,
        "            order by position\n            rows",
        "            order by ts_epoch\n            rows",
        "items of one second are in no order in a prefix",
    ),
    Fault(
        PREFIX,
        '{{ setting("max_prefix_len") or "unbounded" }}',
        "unbounded",
        "max_prefix_len is ignored in pairs",
    ),
    Fault(
        PREFIX,
        'setting("max_prefix_len") or "unbounded"',
        '(setting("max_prefix_len") or 10 ** 9) + 1',
        "a prefix of a pair is one item too long",
    ),
    Fault(
        PREFIX,
        'greatest({{ position }} - {{ setting("max_prefix_len") }}, 0)',
        'greatest({{ position }} - {{ setting("max_prefix_len") }} - 1, 0)',
        "a prefix of an episode is one item too long",
    ),
    Fault(
        PREFIX,
        '"p - " ~ first)',
        '"p - " ~ first ~ " + 1")',
        "a prefix of an episode has its label",
    ),
    Fault(
        PREFIX,
        'list_get(items, "p - " ~ first ~ " + 1")',
        'list_get(items, "p - " ~ first)',
        "a label of an episode is the item before it",
    ),
    Fault(
        PAIRS,
        "where items.pair_number is not null",
        "where items.position > 0",
        "every later item is a pair",
    ),
    Fault(
        PAIRS,
        "users.first_pair_id + items.pair_number as pair_id",
        "users.first_pair_id + items.position - 1 as pair_id",
        "pair ids have holes",
    ),
    Fault(
        USER_PAIRS,
        "sum(n_pairs) over (\n            order by user_id\n",
        "sum(n_pairs) over (\n            order by split, user_id\n",
        "pairs are numbered by split",
    ),
    Fault(
        USER_PAIRS,
        "cast(n_pairs_up_to - n_pairs as bigint)",
        "cast(n_pairs_up_to as bigint)",
        "pair ids do not begin at 0",
    ),
    Fault(
        PAIRS,
        'items.position - {{ prefix_start("items.position") }} as prefix_len',
        "items.position as prefix_len",
        "prefix_len is not that of a capped prefix",
    ),
    # episodes
    Fault(
        WINDOWS,
        "rows between current row and {{ k + q - 1 }} following",
        "rows between current row and {{ k + q }} following",
        "a window has a pair too many",
    ),
    Fault(
        WINDOWS,
        "        and last_position is not null\n",
        "",
        "windows that are not full are kept",
    ),
    Fault(
        WINDOWS,
        "labels_in_order as (partition by user_id order by pair_number)",
        "labels_in_order as (order by user_id, pair_number)",
        "a query reaches into the next user's pairs",
    ),
    Fault(
        WINDOWS,
        "pair_number % {{ q }} = 0",
        "pair_number % {{ k + q }} = 0",
        "windows start every K + Q pairs",
    ),
    Fault(
        USER_PAIRS,
        "            partition by split\n            order by",
        "            order by",
        "episodes are not numbered in each split",
    ),
    Fault(
        WINDOWS,
        "episodes.first_pair_number / {{ q }} as bigint",
        "episodes.first_pair_number as bigint",
        "a user's windows are numbered by their pairs",
    ),
    Fault(
        USER_PAIRS,
        "(pairs.n_pairs - {{ k }}) / {{ q }}",
        "pairs.n_pairs / {{ q }}",
        "the support takes no pair from the episodes of a user",
    ),
    Fault(
        PARTED,
        "list_slice(things, k + 1, k + q)",
        "list_slice(things, k, k + q)",
        "the query begins with the last support pair",
    ),
    Fault(
        PARTED,
        'list_slice(things, 1, setting("episode_k"))',
        'list_slice(things, 1, setting("episode_k") + 1)',
        "the support has a pair too many",
    ),
    Fault(
        EPISODES,
        '{{ query_of("labels") }} as query_labels',
        '{{ support_of("labels") }} as query_labels',
        "the query's labels are the support's",
    ),
    Fault(
        EPISODES,
        'unnest_range("first_position", "last_position")',
        'unnest_range("first_position", "last_position - 1")',
        "the last label of an episode is not gathered",
    ),
    Fault(
        EPISODES,
        'list_agg_ordered("items.item_id", "items.position")',
        'list_agg_ordered("items.item_id", "items.item_id")',
        "an episode's items are in the order of the vocabulary",
    ),
    Fault(
        EPISODES,
        "spanned.user_id = items.user_id and ",
        "",
        "an episode gathers other users' items",
    ),
    # the report
    Fault(FUNNEL, "    where position > 0\n", "", "first items count as preceded"),
    Fault(
        FUNNEL,
        "max(first_pair_number)",
        "min(first_pair_number)",
        "only the first episode's pairs count as used",
    ),
    Fault(
        FUNNEL,
        "< last_episodes.last_first_pair_number + {{",
        "<= last_episodes.last_first_pair_number + {{",
        "a pair too many counts as used",
    ),
    Fault(
        FUNNEL,
        "count(distinct course_id) as courses_out",
        "count(distinct user_id) as courses_out",
        "users are counted as courses",
    ),
    Fault(
        FUNNEL,
        "lag({{ unit }}_out)",
        "lead({{ unit }}_out)",
        "a step takes in what the next gives out",
    ),
    Fault(
        METRICS,
        "when gap_seconds = 0 then 1",
        "when gap_seconds <= 1 then 1",
        "events a second apart are counted as ties",
    ),
    Fault(
        REPORT_SPLITS,
        "count(distinct user_id) as n_users_with_episode",
        "count(user_id) as n_users_with_episode",
        "users are counted once an episode",
    ),
    Fault(
        METRICS,
        "count(distinct user_id) as n_users,",
        "count(user_id) as n_users,",
        "users are counted once an event",
    ),
    Fault(
        METRICS,
        "cast({{ min_interactions() }} as bigint)",
        'cast({{ setting("episode_k") + setting("episode_q") }} as bigint)',
        "the report's min_interactions is K + Q whatever was given",
    ),
    Fault(
        REPORT_VALUES,
        "inner join users on counted.user_id = users.user_id",
        "left join users on counted.user_id = users.user_id",
        "events per user are of all users",
    ),
    Fault(
        REPORT_VALUES,
        "where counted.{{ value }} is not null",
        "where true",
        "a user's first event has a gap",
    ),
    Fault(
        REPORT_VALUES,
        '("course_popularity_raw", ref("stg_events"), "course_id")',
        '("course_popularity_raw", ref("int_user_events"), "item_id")',
        "raw popularity is of the events kept",
    ),
    Fault(
        DISTRIBUTIONS,
        "interpolated_percentile(90)",
        "interpolated_percentile(95)",
        "p90 is p95",
    ),
    Fault(
        "macros/interpolated_percentile.sql",
        "sum(n) over (partition by {{ column }} order by value)",
        "sum(n) over (order by value)",
        "values are ranked among those of all groups",
    ),
    Fault(
        HISTOGRAMS,
        "when value > 0 then length",
        "when value > 1 then length",
        "1 is in the bin of 0",
    ),
    Fault(
        HISTOGRAMS,
        "power(2, n_digits - 1)",
        "power(2, n_digits)",
        "a bin begins where it ends",
    ),
    Fault(
        HISTOGRAMS,
        "sum(value * n_values)",
        "sum(value)",
        "a bin's total is of its different values",
    ),
    Fault(
        DISTANCES,
        "max(abs(",
        "max((",
        "a split above train is no distance away",
    ),
    Fault(
        DISTANCES,
        "over values_in_order as double",
        "over (partition by measure) as double",
        "shares are not summed in the order of values",
    ),
    Fault(
        ACTIVITY,
        "/ 100.0) + 1",
        "/ 101.0) + 1",
        "there are 101 bins",
    ),
    Fault(
        ACTIVITY,
        "floor(events.ts_epoch / 86400.0)",
        "trunc(events.ts_epoch / 86400.0)",
        "the last day before 1970 is the first after it",
    ),
    Fault(
        REPORT_SPLITS,
        "where event_number = 1",
        "where true",
        "all events are first events",
    ),
    Fault(
        REPORT_SPLITS,
        "when events.ts_epoch > firsts",
        "when events.ts_epoch >= firsts",
        "train's events at the median are after it",
    ),
    Fault(
        REPORT_SPLITS,
        "    where events.split = 'train'\n",
        "",
        "all events are train's",
    ),
    Fault(
        REPORT_SPLITS,
        "then 1 else 0 end) over (\n            partition by item_id\n        )",
        "then 1 else 0 end) over ()",
        "a course of val is in train if any is",
    ),
    Fault(
        "macros/interpolated_percentile.sql",
        "n_up_to > ceil(",
        "n_up_to > floor(",
        "percentiles are not interpolated",
    ),
    Fault(
        "macros/rules/sparsity.sql",
        "{{ n_users }} * {{ n_courses }}",
        "{{ n_users }} + {{ n_courses }}",
        "sparsity is of the sum, not the product",
    ),
    Fault(
        RAW_DATA,
        "not between 0 and 100 ",
        "not between 0 and 99 ",
        "100 % is out of range",
    ),
    Fault(
        RAW_DATA,
        "count(reason) as n_rejected",
        "count(*) as n_rejected",
        "all rows count as rejected",
    ),
    Fault(
        RUN_CONFIG,
        '{{ setting("deduplicate_consecutive") | lower }}',
        "true",
        "deduplicate_consecutive is not recorded",
    ),
    Fault(
        RUN_CONFIG,
        '{{ setting("max_prefix_len") or "null" }}',
        "null",
        "max_prefix_len is not recorded",
    ),
    Fault(
        FILES,
        "epoch_us(last_modified)",
        "epoch_us(timestamp '2000-01-01')",
        "an input changed to one as long is not noticed",
    ),
    Fault(
        INPUT_FILES,
        'paths.append(setting("pinned_splits"))',
        "paths",
        "the file of the pinned splits is not recorded",
    ),
    # settings
    Fault(
        CHECKS,
        "value < 0 or value > 1 %}",
        "value > 1 %}",
        "a negative max_rejected_fraction is allowed",
    ),
    Fault(CHECKS, "value >= at_least and ", "", "no K, no Q, negative gaps"),
    Fault(CHECKS, " and value < 2 ** 31)", ")", "a huge K is allowed"),
    Fault(
        CHECKS,
        "or ratio < 0 or ratio > 1",
        "or ratio > 1",
        "a negative ratio is allowed",
    ),
    Fault(
        CHECKS,
        "billionths | sum != 10 ** 9",
        "billionths | sum > 10 ** 9",
        "ratios that sum to less than 1 are allowed",
    ),
    Fault(
        CHECKS,
        '(value is not string or value == "")',
        "value is not string",
        "raw_events '' means the bundled sample",
    ),
    Fault(
        CHECKS,
        '(setting("split_method") == "pinned") !=',
        '(setting("split_method") == "pinned") and not',
        "pinned_splits may be given and ignored",
    ),
    Fault(
        CHECKS, "if name not in known %}", "if false %}", "a misspelt var is ignored"
    ),
    Fault(
        "dbt_project.yml",
        "episode_q: 10",
        "episode_q: 5",
        "xuetangx has not the Q of the contract",
    ),
    # what stops a build
    Fault(
        STOPS,
        "n_rejected > share * n_rows",
        "n_rejected >= share * n_rows",
        "the limit itself is refused",
    ),
    Fault(STOPS, "n_rejected > share * n_rows", "false", "any share may be rejected"),
    Fault(
        STOPS,
        "{% elif counts[1] == 0 %}",
        "{% elif false %}",
        "a build without an eligible user goes on",
    ),
    Fault(
        STOPS,
        "where user_id is null or split is null",
        "where split is null",
        "a pinned row without a user hides the users missing",
    ),
    Fault(
        STOPS,
        'or split is null"',
        '"',
        "a pinned row without a split is allowed",
    ),
    Fault(
        STOPS,
        "having count(*) > 1",
        "having count(*) > 2",
        "a user may be pinned to two splits",
    ),
    Fault(
        STOPS,
        "where is_eligible and user_id not in",
        "where user_id not in",
        "ineligible users need a pinned split",
    ),
    Fault(STOPS, "{% if missing %}", "{% if false %}", "unpinned users disappear"),
    Fault(
        STOPS,
        "if size > setting(name) %}",
        "if size > 10 ** 9 %}",
        "prefixes fill the disk",
    ),
    Fault(
        STOPS,
        '"8 * (1 + (" ~ k ~ " + " ~ q ~ ") / " ~ q ~ ") / 1073741824"',
        '"8 / 1073741824"',
        "the prefixes of episodes are not counted",
    ),
    Fault(
        "models/compact/pair_offsets.sql",
        "labels.position as prefix_end",
        "labels.position + 1 as prefix_end",
        "a compact prefix has its label",
    ),
    Fault(
        "models/compact/user_sequences.sql",
        'list_agg_ordered("item_id", "position")',
        'list_agg_ordered("item_id", "ts_epoch")',
        "ties of a compact sequence are in no order",
    ),
    Fault(
        "models/compact/episode_offsets.sql",
        '{{ query_of("label_positions") }} as',
        '{{ support_of("label_positions") }} as',
        "a compact query's labels are the support's",
    ),
    # the build's record
    Fault(
        RECORD,
        """tojson(statuses, sort_keys=true))
        ~ " where invocation_id = " ~ literal(invocation_id)""",
        "tojson(statuses, sort_keys=true))",
        "results are written over those of other invocations",
    ),
    Fault(
        RECORD,
        "true if flags.EMPTY else false",
        "false",
        "a build without rows (--empty) is published",
    ),
    Fault(
        RECORD,
        "coalesce(max(number), 0) + 1",
        "coalesce(max(number), 0) * 0",
        "invocations are in no order",
    ),
    # reading files
    Fault(
        FILES,
        "{{ literal(path) }},\n            union_by_name = true,\n",
        "{{ literal(path) }},\n            union_by_name = false,\n",
        "columns of Parquet parts are matched by position",
    ),
    Fault(
        FILES,
        "            ignore_errors = false,\n            union_by_name = true,\n",
        "            ignore_errors = false,\n            union_by_name = false,\n",
        "CSV parts must have the same columns",
    ),
    Fault(
        FILES,
        'path.lower().endswith(".parquet")',
        'path.endswith(".parquet")',
        ".PARQUET is read as CSV",
    ),
    Fault(FILES, "            comment = '',\n", "", "a row that begins with # is none"),
    Fault(FILES, "            delim = ',',\n", "", "the delimiter is guessed"),
    Fault(
        FILES,
        "column | lower not in",
        "column not in",
        "column names are case-sensitive",
    ),
    Fault(FILES, "if bytes == 0", "if bytes < 0", "an empty file is not named"),
    Fault(
        FILES,
        "replace(mark, mark ~ mark)",
        "string",
        "a column name with a quote is no name",
    ),
    Fault(
        "macros/literal.sql",
        """ | replace("'", "''")""",
        "",
        "a path with a quote is no path",
    ),
    # writing files
    Fault(
        WRITING,
        " order by {artifact.order_by}",
        "",
        "rows are written in whatever order they come",
    ),
    Fault(
        WRITING,
        "    if file.split:\n        rows",
        "    if False:\n        rows",
        "each split's file has the rows of all",
    ),
    Fault(
        WRITING,
        "user_id between ? and ?",
        "user_id >= ? and user_id < ?",
        "the last user of each range is lost",
    ),
]


class DoesNotApplyError(Exception):
    """A fault's text is not in its file exactly once, or the suite does not run."""


@dataclass(frozen=True)
class Copy:
    """A copy of the project to break."""

    root: Path

    @classmethod
    def make(cls, root: Path) -> "Copy":
        """Copy what git tracks or would track, and link the environment."""
        listed = git("ls-files", "-co", "--exclude-standard", "-z")
        for name in filter(None, listed.split("\0")):
            if (PROJECT / name).is_file():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(PROJECT / name, root / name)
        (root / ".venv").symlink_to(PROJECT / ".venv")
        (root / "target").mkdir()
        return cls(root)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the environment in the copy."""
        own = {
            "DUCKDB_PATH": str(self.root / "target" / "warehouse.duckdb"),
            "DBT_TARGET_PATH": str(self.root / "target"),
            "DBT_LOG_PATH": str(self.root / "target"),
            "DBT_USE_COLORS": "false",
        }
        program, *arguments = command
        return subprocess.run(
            [str(self.root / ".venv" / "bin" / program), *arguments],
            cwd=self.root,
            env=os.environ | own,
            capture_output=True,
            text=True,
            check=False,
        )

    def build(self, *command: str) -> Catch:
        """Build the sample with its tests, or run another dbt command; what failed."""
        results = self.root / "target" / "run_results.json"
        results.unlink(missing_ok=True)
        done = self.run("dbt", "-q", *(command or ["build"]))
        if done.returncode == 0:
            return NOT_CAUGHT
        failed: dict[str, list[str]] = {}
        if results.exists():
            for result in json.loads(results.read_text())["results"]:
                kind, *_, name = re.sub(
                    r"\.[0-9a-f]{10}$", "", result["unique_id"]
                ).split(".")
                if result["status"] in ("error", "fail", "runtime error"):
                    failed.setdefault(kind, []).append(name)
        for kind, called in NODE_KINDS.items():
            if kind in failed:
                return Catch(called, tuple(dict.fromkeys(failed[kind])))
        lines = (done.stdout + done.stderr).splitlines()
        return Catch("dbt", tuple(line.strip() for line in lines if line.strip())[-1:])

    def pytest(self, *tests: str) -> Catch:
        """Run pytest; the first test that failed."""
        done = self.run(
            "pytest", "-q", "-x", "-p", "no:cacheprovider", "--rootdir=.", *tests
        )
        if done.returncode in (pytest.ExitCode.OK, pytest.ExitCode.USAGE_ERROR):
            return NOT_CAUGHT
        failed = re.findall(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", done.stdout, re.M)
        if not failed:
            raise DoesNotApplyError(
                f"pytest did not run: {(done.stdout + done.stderr)}"
            )
        return Catch("pytest", (failed[0].removeprefix("tests/python/"),))

    def catch(self, fault: Fault, before: Catch) -> Catch:
        """Make a fault, run the suite up to what notices it, and mend the fault.

        before: the test that noticed it the last time, to run before all others.
        """
        path = self.root / fault.file
        whole = path.read_text(encoding="utf-8")
        path.write_text(whole.replace(fault.old, fault.new), encoding="utf-8")
        try:
            caught = NOT_CAUGHT
            if before.kind == "pytest":
                caught = self.pytest("-n0", f"tests/python/{before.names[0]}")
            elif before.kind == "unit test":
                caught = self.build("test", "--select", before.names[0])
            if caught.kind != before.kind or not caught.kind:
                caught = self.build()
            return caught if caught.kind else self.pytest(*PYTEST_FILES)
        finally:
            path.write_text(whole, encoding="utf-8")


def check_faults(numbers: list[int]) -> None:
    """Raise DoesNotApplyError where a fault's text is not in its file exactly once."""
    wrong = []
    for number in numbers:
        fault = FAULTS[number]
        found = (PROJECT / fault.file).read_text(encoding="utf-8").count(fault.old)
        if found != 1 or fault.old == fault.new:
            wrong.append(f"fault {number}: {found} times in {fault.file}: {fault.old}")
    if wrong:
        raise DoesNotApplyError("\n".join(wrong))


class Kept:
    """The catches found, kept in a file to take up from, where one is given."""

    def __init__(self, path: Path | None) -> None:
        """Read those kept before."""
        self.path = path
        self.known: dict[str, dict[str, object]] = {}
        if path and path.exists():
            self.known = json.loads(path.read_text(encoding="utf-8"))

    @staticmethod
    def key(fault: Fault) -> str:
        """A fault is the same while its text is."""
        return json.dumps([fault.file, fault.old, fault.new])

    def get(self, fault: Fault) -> Catch | None:
        """What caught a fault, where that is known."""
        found = self.known.get(self.key(fault))
        return Catch(found["kind"], tuple(found["names"])) if found else None

    def put(self, fault: Fault, caught: Catch) -> None:
        """Keep what caught a fault."""
        self.known[self.key(fault)] = asdict(caught)
        if self.path:
            text = json.dumps(self.known, indent=1, sort_keys=True)
            self.path.write_text(text + "\n", encoding="utf-8")


def cell(text: str) -> str:
    """Text in a cell of a table, code as code."""
    return text.replace("|", "\\|").replace("\n", " ")


def code(text: str) -> str:
    """A fault's text in one line of code."""
    joined = " ".join(text.split())
    return f"`` {cell(joined)} ``" if joined else "*nothing*"


def row_start(fault: Fault) -> str:
    """A fault's row of the table, from its file up to what caught it."""
    change = f"{code(fault.old)} → {code(fault.new)}"
    return f"| `{fault.file}` | {change} | {cell(fault.why)} |"


def report(caught: dict[int, Catch], asked: int) -> str:
    """The document of a run, of as many faults as were tried."""
    kinds = Counter(found.kind or "not caught" for found in caught.values())
    named = [*NODE_KINDS.values(), "dbt", "pytest", "not caught"]
    counts = "; ".join(f"{kind}: {kinds[kind]}" for kind in named if kinds[kind])
    tried = (
        f"{len(caught)} faults"
        if len(caught) == asked
        else (f"{len(caught)} of {asked} faults (the run is not complete)")
    )
    lines = [
        "# Mutation check",
        "",
        "Does a test fail when a rule is broken? `dev/mutations.py` makes small",
        "faults in a copy of the project, one at a time: `<` for `<=`, a lost order-by",
        "key or partition, a dropped filter. `dbt build` of the sample runs first,",
        "pytest where that notices nothing. The first to fail is named.",
        "",
        "```console",
        "$ .venv/bin/python dev/mutations.py --report docs/mutations.md",
        "```",
        "",
        f"{datetime.now(UTC).date()}, commit {commit()}: {tried}. Caught by {counts}.",
        "",
        "“model” is a contract, or a value that cannot be computed; “dbt” is a project",
        "that cannot be built.",
        "",
        "| | File | Fault | Why it matters | Caught by |",
        "|---|---|---|---|---|",
    ]
    for number, found in sorted(caught.items()):
        fault = FAULTS[number]
        lines.append(f"| {number} {row_start(fault)} {cell(str(found))} |")
    return "\n".join(lines) + "\n"


def caught_before(fault: Fault, last_report: str) -> Catch:
    """The first test that a report names for a fault, if it does."""
    named = re.search(
        re.escape(row_start(fault)) + r" (unit test|pytest) `(.+?)`.* \|$",
        last_report,
        re.M,
    )
    if not named:
        return NOT_CAUGHT
    return Catch(named[1], (named[2].replace("\\|", "|"),))


def run_all(given: argparse.Namespace, numbers: list[int]) -> dict[int, Catch]:
    """What caught each fault, told as it is found."""
    kept = Kept(given.keep)
    caught: dict[int, Catch] = {}
    before = ""
    if given.report and given.report.exists():
        before = given.report.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        copies: queue.Queue[Copy] = queue.Queue()
        for number in range(given.jobs):
            root = Path(folder) / f"copy{number}"
            root.mkdir()
            copy = Copy.make(root)
            # a single test needs the tables of a build before it
            failed = copy.build()
            if not failed.kind and number == 0:
                failed = copy.pytest(*PYTEST_FILES)
            if failed.kind:
                raise DoesNotApplyError(f"the project fails without a fault: {failed}")
            copies.put(copy)

        def try_one(number: int) -> None:
            fault = FAULTS[number]
            found = kept.get(fault)
            if found is None:
                copy = copies.get()
                try:
                    found = copy.catch(FAULTS[number], caught_before(fault, before))
                finally:
                    copies.put(copy)
                kept.put(fault, found)
            caught[number] = found
            print(f"{number:3} {fault.why}: {found}", flush=True)
            if given.report:
                given.report.write_text(report(dict(caught), len(numbers)))

        with ThreadPoolExecutor(given.jobs) as pool:
            try:
                list(pool.map(try_one, numbers))
            except KeyboardInterrupt:
                pool.shutdown(cancel_futures=True)
                raise
    return caught


def main() -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--only", type=int, nargs="+", metavar="N", help="numbers of faults, from 0"
    )
    parser.add_argument("--jobs", type=int, default=1, help="copies at work at once")
    parser.add_argument("--report", type=Path, help=f"write the table, to {REPORT}")
    parser.add_argument(
        "--keep", type=Path, help="keep results here; those kept are not found anew"
    )
    parser.add_argument("--list", action="store_true", help="list the faults, and end")
    given = parser.parse_args()
    numbers = given.only or list(range(len(FAULTS)))
    if not all(0 <= number < len(FAULTS) for number in numbers) or given.jobs < 1:
        parser.error(f"faults are numbered 0 to {len(FAULTS) - 1}, jobs from 1")
    try:
        check_faults(numbers)
        if given.list:
            for number in numbers:
                print(f"{number:3} {FAULTS[number].file}: {FAULTS[number].why}")
            return 0
        caught = run_all(given, numbers)
    except DoesNotApplyError as error:
        print(f"mutations: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("mutations: interrupted", file=sys.stderr)
        return 130
    missed = [number for number in numbers if not caught[number].kind]
    print(f"{len(numbers) - len(missed)} of {len(numbers)} faults caught")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
