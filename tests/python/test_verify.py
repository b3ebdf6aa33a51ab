"""verify.py: what was published is recognized; any tampering is named."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from jsonschema import Draft202012Validator, ValidationError

from conftest import PROJECT, TINY, TINY_SETTINGS, Workspace
from mooc_episodes.base.errors import UserError
from mooc_episodes.base.fingerprints import sha256
from mooc_episodes.contract import (
    CROISSANT,
    ID_TYPES,
    LAYOUTS,
    SPLITS,
    ParquetArtifact,
    all_artifacts,
)
from mooc_episodes.manifest.reading import SCHEMA, SETTINGS, read_manifest
from mooc_episodes.promises import FOLDER, read_promises
from mooc_episodes.verify.checks import open_files
from mooc_episodes.verify.checks import verify as verify_here
from mooc_episodes.verify.rules import OWN, every_rule, queries

COURSE2ID = "vocab/course2id.json"
ID2COURSE = "vocab/id2course.json"
USERS = "user_splits/users_train.json"
USERS_VAL = "user_splits/users_val.json"
ITEMS = "vocab/items.parquet"
EVENTS = "sessions/events_sessionized.parquet"
SESSIONS = "sessions/sessions.parquet"
REJECTED = "quality/rejected_events.parquet"
USERS_TEST = "user_splits/users_test.json"
PAIRS = "pairs/pairs_train.parquet"
EPISODES = "episodes/episodes_train_K1_Q2.parquet"
SEQUENCES = "sequences/sequences.parquet"
PAIR_OFFSETS = "pairs/pair_offsets_train.parquet"
EPISODE_OFFSETS = "episodes/episode_offsets_train_K1_Q2.parquet"

# The learner of the README in two sessions, one of six sessions, two rows unreadable
LEARNERS = f"""{TINY}9,510,,1970-01-01 09:00:00,
9,20,,1970-01-01 10:00:00,
9,30,,1970-01-01 11:00:00,
9,40,,1970-01-01 12:00:00,
9,20,,1970-01-01 13:00:00,
9,30,,1970-01-01 14:00:00,
,20,,1970-01-01 09:00:00,
x,20,,1970-01-01 09:00:00,
"""


# Eight users in all splits, each with a course of its own. The first has five events at
# one time in one course, in the order of watch_percentage and rating, the second two
# rows alike, as are the rejected ones. A ninth has one label.
CROWDED = "\n".join(
    [
        "user_id,item_id,watch_percentage,created_at,rating",
        *(
            f"{user},{10 * step},,2020-01-0{step} 1{user}:00:00,"
            for user in range(1, 9)
            for step in range(1, 7)
        ),
        *(f"{user},{100 + user},,2020-01-09," for user in range(1, 9)),
        *(f"9,{10 * step},,2020-01-01," for step in range(1, 5)),
        "9,50,,2020-01-02,",
        *(f"1,10,{values}" for values in (",2020-01-07,", "10,2020-01-07,")),
        *(f"1,10,10,2020-01-07,{rating}" for rating in (1, 2)),
        "1,10,20,2020-01-07,",
        *2 * ["2,20,5,2020-01-08,5"],
        *2 * ["x,20,,2020-01-01,"],
    ]
)


def verify(*manifests: Path) -> tuple[int, list[str]]:
    """Run the command; its exit code and what it complains of."""
    done = subprocess.run(
        [sys.executable, str(PROJECT / "scripts" / "verify.py"), *map(str, manifests)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr.splitlines()


def test_programs_get_each_manifest(learners: Path, received: Path) -> None:
    damaged = received / "vocab" / "course2id.json"
    damaged.unlink()
    script = str(PROJECT / "scripts" / "verify.py")
    command = [sys.executable, script, "--json", str(learners), str(received)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr == f"verify: {damaged}: missing\n"
    # DESIGN, section 4: 3 of vocab, 3 of users, 2 of sessions, rejected events,
    # sequences, 6 of pairs, 6 of episodes, 2 cards
    assert json.loads(done.stdout) == {
        "is_published": False,
        "manifests": [
            {"manifest": str(learners), "files": 24, "problems": []},
            {
                "manifest": str(received),
                "files": 24,
                "problems": [f"{damaged}: missing"],
            },
        ],
    }


def problems(folder: Path) -> list[str]:
    """The problems that the command would report, without starting it."""
    try:
        return verify_here(folder / "manifest.json")[1]
    except UserError as error:
        return [str(error)]


def published_from(place: Workspace, log: str, **settings: Any) -> Path:
    """Build and publish a log of events; the published folder."""
    events = place.root / "events.csv"
    events.write_text(log)
    place.build(raw_events=str(events), **settings, **TINY_SETTINGS)
    place.publish()
    return place.processed / "sample"


@pytest.fixture(scope="module")
def learners(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published folder: two users in train, three episodes; not to change."""
    place = Workspace(tmp_path_factory.mktemp("learners"))
    folder = published_from(
        place, LEARNERS, split_ratios=[1, 0, 0], max_rejected_fraction=0.5
    )
    place.publish("--layout=compact")
    return folder


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published folder of CROWDED, with prefixes of two items; not to change."""
    return published_from(
        Workspace(tmp_path_factory.mktemp("crowded")),
        CROWDED,
        split_ratios=[0.5, 0.25, 0.25],
        max_prefix_len=2,
        max_rejected_fraction=0.5,
        deduplicate_consecutive=False,
    )


@pytest.fixture
def received_compact(learners: Path, tmp_path: Path) -> Path:
    """The same in the compact layout."""
    compact = learners.with_name("sample.compact")
    return Path(shutil.copytree(compact, tmp_path / "compact"))


@pytest.fixture
def received(learners: Path, tmp_path: Path) -> Path:
    """The published folder as somebody received it."""
    return Path(shutil.copytree(learners, tmp_path / "received"))


def change_manifest(folder: Path, *place: str | int, to: Any) -> None:
    """Put a value in a place of the manifest; ... removes what is there."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    holder = manifest
    for step in place[:-1]:
        holder = holder[step]
    if to is ...:
        del holder[place[-1]]
    else:
        holder[place[-1]] = to
    path.write_text(json.dumps(manifest), encoding="utf-8")


def entry_number(folder: Path, name: str) -> int:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return [entry["path"] for entry in manifest["artifacts"]].index(name)


def acknowledge(folder: Path, name: str, n_rows: int | None) -> None:
    """Have the manifest and croissant.json say that a file belongs there as it is."""
    file = folder / name
    entry = {
        "path": name,
        "bytes": file.stat().st_size,
        "sha256": sha256(file),
        "rows": n_rows,
    }
    change_manifest(folder, "artifacts", entry_number(folder, name), to=entry)
    if name != CROISSANT:
        metadata = json.loads((folder / CROISSANT).read_text(encoding="utf-8"))
        for listed in metadata["distribution"]:
            if listed["contentUrl"] == name:
                listed["sha256"] = sha256(file)
        (folder / CROISSANT).write_text(json.dumps(metadata), encoding="utf-8")
        acknowledge(folder, CROISSANT, None)


def forge_bytes(folder: Path, name: str, content: bytes, n_rows: int = 0) -> None:
    (folder / name).write_bytes(content)
    acknowledge(folder, name, n_rows)


def forge_table(folder: Path, name: str, table: pa.Table) -> None:
    pq.write_table(table, folder / name, compression="zstd")
    acknowledge(folder, name, table.num_rows)


def forge(folder: Path, name: str, change: Any) -> None:
    """Rewrite a file, behind a true hash.

    Args:
        folder: The published folder.
        name: The file.
        change: A JSON document, or for Parquet a query over `rows`, the rows that are
            there, numbered by `n`.
    """
    if name.endswith(".json"):
        content = json.dumps(change).encode()
        forge_bytes(folder, name, content, len(change.get("users", change)))
        return
    before = pq.read_table(folder / name)
    with duckdb.connect() as connection:
        connection.register("given", before)
        connection.execute(
            "create table rows as select *, row_number() over () - 1 as n from given"
        )
        after = connection.sql(change).to_arrow_table()
    forge_table(folder, name, after.select(before.schema.names).cast(before.schema))


def put(column: str, value: str, where: str = "n = 0") -> str:
    """The query that changes a column of some rows."""
    return (
        f'select * replace (case when {where} then {value} else "{column}" end '
        f'as "{column}") from rows order by n'
    )


def without(where: str) -> str:
    return f"from rows where not ({where}) order by n"


def twice(where: str) -> str:
    return f"from (from rows union all from rows where {where}) order by n"


BACKWARDS = "from rows order by n desc"


# in the order of their importance
REJECTED_KEYS = ["user_id", "item_id", "created_at", "watch_percentage", "rating"]
REJECTED_KEYS += ["reason"]


def out_of_order_in(key: str, second: str) -> str:
    """The query for two rejected rows that differ in one key, the later one first."""
    same = ", ".join(f"max({one}) over () as {one}" for one in REJECTED_KEYS)
    changed = f"case n when 0 then '2' else {second} end as {key}"
    return (
        f"select * replace ({changed}) from "
        f"(select * replace ({same}) from rows where n < 2) order by n"
    )


COURSES = ("20", "30", "40", "510")
UNKNOWN_COURSE = [*COURSES, "600"]
OTHER_ORDER = ["510", "20", "30", "40"]


def vocabulary(courses: Any) -> dict[str, Any]:
    """Both files, for courses in their order."""
    return {
        COURSE2ID: {course: item for item, course in enumerate(courses)},
        ID2COURSE: {str(item): course for item, course in enumerate(courses)},
    }


# what is forged: the promise that is broken, and the files
FORGERIES: dict[str, tuple[str, dict[str, Any]]] = {
    "the vocabulary does not number its courses in their order": (
        "the_vocabulary_numbers_the_courses_of_the_events",
        vocabulary(OTHER_ORDER),
    ),
    "a course of the vocabulary has no event": (
        "the_vocabulary_numbers_the_courses_of_the_events",
        vocabulary(UNKNOWN_COURSE),
    ),
    "an event's course and item are no entry of the vocabulary": (
        "the_vocabulary_numbers_the_courses_of_the_events",
        {EVENTS: put("course_id", "30")},
    ),
    "the last user has a pair more than labels": (
        "every_prefix_is_strictly_before_its_label",
        {PAIRS: twice("n = 7")},
    ),
    "an item has train users that the events do not have": (
        "items_are_counted_over_the_events",
        {ITEMS: put("n_train_users", "n_train_users + 1")},
    ),
    "an item was first seen at another time": (
        "items_are_counted_over_the_events",
        {ITEMS: put("first_ts_epoch", "null")},
    ),
    "an item has train events that the events do not have": (
        "items_are_counted_over_the_events",
        {ITEMS: put("n_train_events", "n_train_events + 1")},
    ),
    "an item's course is not that of the vocabulary": (
        "items_are_counted_over_the_events",
        {ITEMS: put("course_id", "30")},
    ),
    "an item of the vocabulary is missing": (
        "items_are_counted_over_the_events",
        {ITEMS: without("n = 3")},
    ),
    "items are not in the order of their ids": (
        "items_are_in_order",
        {ITEMS: BACKWARDS},
    ),
    "a label or prefix is not in the vocabulary": (
        "labels_and_prefixes_are_in_the_vocabulary",
        {PAIRS: put("label", "4")},
    ),
    **{
        f"a prefix has item {item}": (
            "labels_and_prefixes_are_in_the_vocabulary",
            {PAIRS: put("prefix", f"list_append(prefix, {item})")},
        )
        for item in (-1, 4)
    },
    "a user is in two splits": ("no_user_in_two_splits", {USERS_VAL: {"users": [7]}}),
    "a user without a pair is in two splits": (
        "no_user_in_two_splits",
        {USERS: {"users": [7, 8, 9]}, USERS_VAL: {"users": [8]}},
    ),
    "a split's users are not ascending": (
        "users_of_a_split_are_ascending",
        {USERS: {"users": [9, 7]}},
    ),
    "a user is in a split twice": (
        "users_of_a_split_are_ascending",
        {USERS: {"users": [7, 7, 9]}},
    ),
    "an event's user is in no split": (
        "every_user_of_a_split_has_events",
        {USERS: {"users": [7]}},
    ),
    "a split's user has no events": (
        "every_user_of_a_split_has_events",
        {USERS: {"users": [7, 8, 9]}},
    ),
    "a pair's user is not in its split": (
        "no_user_in_two_splits",
        {
            USERS: {"users": [7]},
            USERS_VAL: {"users": [9]},
        },
    ),
    "a pair's user is in no split": (
        "no_user_in_two_splits",
        {PAIR_OFFSETS: put("user_id", "8")},
    ),
    "an episode's user is not that of its offsets": (
        "episodes_are_those_of_their_offsets",
        {
            EPISODES: put("user_id", "8"),
        },
    ),
    "events are not in the order of user, time, tie key and course": (
        "events_are_in_order",
        {EVENTS: BACKWARDS},
    ),
    **{
        f"a ts_epoch is a second {off} its ts": (
            "ts_epoch_is_the_seconds_of_ts",
            {EVENTS: put("ts_epoch", f"ts_epoch {off} 1")},
        )
        for off in "+-"
    },
    "an event is not in the session that the gaps give": (
        "sessions_are_cut_exactly_at_the_longer_gaps",
        {EVENTS: put("session_id", "'7_0001'", "n = 3")},
    ),
    "a pos_in_sess is not 1, 2, 3 … in its session": (
        "pos_in_sess_numbers_the_rows_of_a_session",
        {EVENTS: put("pos_in_sess", "2")},
    ),
    "rejected rows are not in order": (
        "rejected_rows_are_in_order",
        {REJECTED: BACKWARDS},
    ),
    **{
        f"rejected rows that differ in {key} only are not in order": (
            "rejected_rows_are_in_order",
            {REJECTED: out_of_order_in(key, "'1'")},
        )
        for key in REJECTED_KEYS
    },
    **{
        f"a rejected row without a {key} is after one that has it": (
            "rejected_rows_are_in_order",
            {REJECTED: out_of_order_in(key, "null")},
        )
        for key in REJECTED_KEYS[:-1]
    },
    "a rejected row's reason is unknown": (
        "rejected_rows_have_the_reason_of_their_values",
        {REJECTED: put("reason", "'too late'")},
    ),
    "a rejected row has a value that its reason says is missing": (
        "rejected_rows_have_the_reason_of_their_values",
        {REJECTED: put("reason", "'missing user_id'", "user_id = 'x'")},
    ),
    "a rejected row lacks a value that its reason says is unreadable": (
        "rejected_rows_have_the_reason_of_their_values",
        {REJECTED: put("reason", "'unreadable user_id'", "user_id is null")},
    ),
    "a rejected row's reason names a value that can be read": (
        "rejected_rows_have_the_reason_of_their_values",
        {REJECTED: put("reason", "reason || '; unreadable created_at'", "n = 1")},
    ),
    "a rejected row's reason leaves out a value that cannot be read": (
        "rejected_rows_have_the_reason_of_their_values",
        {REJECTED: put("created_at", "'soon'", "n = 1")},
    ),
    "a rejected row can be read": (
        "rejected_rows_have_the_reason_of_their_values",
        {REJECTED: put("user_id", "'9'", "n = 1")},
    ),
    "a rejected row in a time before the year 1 has no reason": (
        "rejected_rows_have_the_reason_of_their_values",
        {
            REJECTED: "select * replace ('9' as user_id, '-62135596801' as created_at,"
            " 'unreadable user_id' as reason) from rows"
        },
    ),
    **{
        f"a {column} is {value}": (
            "ratings_and_watch_percentages_are_finite",
            {EVENTS: put(column, f"cast('{value}' as double)")},
        )
        for column in ("rating", "watch_percentage")
        for value in ("nan", "inf", "-inf", "-0.0")
    },
    "a user is in a split that the settings do not give": (
        "users_are_in_the_split_of_the_settings",
        {USERS: {"users": [7]}, USERS_VAL: {"users": [9]}},
    ),
    "an event's session is not among the sessions": (
        "session_totals_equal_the_events",
        {SESSIONS: without("n = 1")},
    ),
    "a session has no events": (
        "session_totals_equal_the_events",
        {SESSIONS: put("session_id", "'7_0000'")},
    ),
    "a session appears twice": ("sessions_are_in_order", {SESSIONS: twice("n = 1")}),
    "sessions are not in the order of their events": (
        "sessions_are_in_order",
        {SESSIONS: BACKWARDS},
    ),
    "a session's user is not that of its events": (
        "session_totals_equal_the_events",
        {SESSIONS: put("user_id", "9")},
    ),
    "the course of a session without events": (
        "sessions_have_their_most_frequent_course",
        {SESSIONS: put("session_id", "'7_0000'")},
    ),
    "a session's course_id is not the most frequent of its events": (
        "sessions_have_their_most_frequent_course",
        {SESSIONS: put("course_id", "30", "n = 1")},
    ),
    # 7_0001 has three events, 7_0002 two
    **{
        f"session totals: {what}": ("session_totals_equal_the_events", changes)
        for what, changes in {
            "a duration": {SESSIONS: put("duration_sec", "duration_sec + 1")},
            "a start and its duration": {
                SESSIONS: "select * replace (start_ts - 1 as start_ts, "
                "duration_sec + 1 as duration_sec) from rows order by n"
            },
            "an end and its duration": {
                SESSIONS: "select * replace (end_ts + 1 as end_ts, "
                "duration_sec + 1 as duration_sec) from rows order by n"
            },
            "an event that is not there": {EVENTS: without("n = 1")},
            "a sess_len too small": {EVENTS: put("sess_len", "2")},
            "a sess_len too large": {EVENTS: put("sess_len", "4")},
            "a last pos_in_sess": {EVENTS: put("pos_in_sess", "4", "n = 2")},
            "an event of a lower user": {EVENTS: put("user_id", "6")},
            "an event of a higher user": {EVENTS: put("user_id", "9")},
        }.items()
    },
    "a pair that the offsets have is missing": (
        "pairs_are_those_of_their_offsets",
        {PAIRS: without("n = 7")},
    ),
    "a pair's label and time are none that the events give": (
        "every_prefix_is_strictly_before_its_label",
        {PAIRS: put("label", "1")},
    ),
    "a user has a pair twice, and its offsets once": (
        "pairs_are_those_of_their_offsets",
        {PAIRS: twice("n = 7")},
    ),
    "a pair's user is not that of its offsets": (
        "pairs_are_those_of_their_offsets",
        {PAIRS: put("user_id", "9")},
    ),
    "a prefix is not the items strictly before its label": (
        "every_prefix_is_strictly_before_its_label",
        {PAIRS: put("prefix", "list_reverse(prefix)", "n = 1")},
    ),
    "a pair is of a user without events": (
        "every_prefix_is_strictly_before_its_label",
        {PAIRS: put("user_id", "8")},
    ),
    "a prefix_len is not the length of its prefix": (
        "every_prefix_is_strictly_before_its_label",
        {PAIRS: put("prefix_len", "2")},
    ),
    "a pair_id is not that of the offsets": (
        "pairs_are_those_of_their_offsets",
        {PAIRS: put("pair_id", "8", "n = 7")},
    ),
    "pairs are not in the order of their offsets": (
        "pairs_are_those_of_their_offsets",
        {PAIRS: BACKWARDS},
    ),
    **{
        f"an episode has not exactly K and Q: {column}": (
            "episodes_have_exactly_k_and_q",
            {EPISODES: put(column, value)},
        )
        for side in ("support", "query")
        for column, value in (
            (f"n_{side}", f"n_{side} + 1"),
            (f"{side}_prefixes", f"list_append({side}_prefixes, [0])"),
            (f"{side}_labels", f"list_append({side}_labels, 0)"),
            (f"{side}_label_ts", f"list_append({side}_label_ts, 9)"),
        )
    },
    **{
        f"an episode is of a user without events: {rule}": (
            rule,
            {EPISODES: put("user_id", "8")},
        )
        for rule in (
            "support_is_before_query",
            "windows_and_label_times_are_those_of_the_events",
        )
    },
    "an episode that the offsets have is missing": (
        "episodes_are_those_of_their_offsets",
        {EPISODES: without("n = 2")},
    ),
    "a user has an episode twice, and its offsets once": (
        "episodes_are_those_of_their_offsets",
        {EPISODES: twice("n = 2")},
    ),
    "an episode is not K + Q pairs of its user in a row, support first": (
        "support_is_before_query",
        {EPISODES: put("query_labels", "list_reverse(query_labels)")},
    ),
    "an episode lacks the time of its support label": (
        "episodes_have_exactly_k_and_q",
        {EPISODES: put("support_label_ts", "[]")},
    ),
    "a window is not 0, 1, 2 … of its user": (
        "windows_and_label_times_are_those_of_the_events",
        {EPISODES: put("window", "2", "n = 1")},
    ),
    "n_known is not the items before the first support label": (
        "windows_and_label_times_are_those_of_the_events",
        {EPISODES: put("n_known", "0")},
    ),
    "a support label's time is a microsecond off": (
        "windows_and_label_times_are_those_of_the_events",
        {EPISODES: put("support_label_ts", "[support_label_ts[1] + 1]")},
    ),
    "query label times are not in their order": (
        "windows_and_label_times_are_those_of_the_events",
        {EPISODES: put("query_label_ts", "list_reverse(query_label_ts)")},
    ),
    "episodes are not in the order of their offsets": (
        "episodes_are_those_of_their_offsets",
        {
            EPISODES: "select * replace (row_number() over (order by n desc) - 1 as "
            "episode_id) from rows order by n desc"
        },
    ),
    "an episode_id is not that of the offsets": (
        "episodes_are_those_of_their_offsets",
        {EPISODES: put("episode_id", "3", "n = 2")},
    ),
}


# their models are not published
IN_THE_DATABASE = {
    "no_row_is_lost",
    "pinned_courses_keep_their_ids",
    "the_funnel_adds_up",
}
# broken only under new_users, below
OF_NEW_USERS = "train_ends_before_new_users_begin"


def asked(folder: Path) -> set[str]:
    """The rules that are asked of a folder, by name."""
    published = read_manifest(folder / "manifest.json")
    with open_files(published) as connection:
        views = connection.execute("select view_name from duckdb_views()").fetchall()
    return {
        rule.name
        for rule, _ in queries(published.settings, {name for (name,) in views})
    }


def test_every_rule_has_its_forgery(learners: Path) -> None:
    """But those promises that need the database: test_promises breaks them."""
    forgeries = [*FORGERIES.values(), *OFFSETS_FORGERIES.values()]
    broken = {rule for rule, _ in forgeries} | {OF_NEW_USERS}
    assert broken == asked(learners)
    assert broken - {*read_promises(OWN)} == {*read_promises(FOLDER)} - IN_THE_DATABASE


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_promise_broken_behind_a_true_hash_is_named(
    forgery: str, received: Path
) -> None:
    rule, changes = FORGERIES[forgery]
    for name, change in changes.items():
        forge(received, name, change)
    found = problems(received)
    sentence = every_rule()[rule].sentence
    assert any(f"{received}: broken: {sentence} (" in line for line in found), found


def moved_to_test(received: Path) -> None:
    """Move user 9 from train to test in every file, as if the split had done so."""
    for before in (PAIRS, PAIR_OFFSETS, EPISODES, EPISODE_OFFSETS):
        after = before.replace("train", "test")
        table = pq.read_table(received / before)
        is_moved = pc.equal(table.column("user_id"), 9)
        moved = table.filter(is_moved)
        if "episode_id" in moved.schema.names:
            numbers = pa.array(range(moved.num_rows), pa.int64())
            moved = moved.set_column(0, moved.schema.field(0), numbers)
        forge_table(received, before, table.filter(pc.invert(is_moved)))
        forge_table(received, after, moved)
    forge(received, USERS, {"users": [7]})
    forge(received, USERS_TEST, {"users": [9]})
    # user 7 alone has 2 events of 20, one each of 30 and 40, 2 of 510
    forge(
        received,
        ITEMS,
        "select * replace (1 as n_train_users,"
        " list_extract([2, 1, 1, 2], item_id + 1) as n_train_events)"
        " from rows order by n",
    )


@pytest.mark.parametrize("method", ["exact", "stable"])
def test_a_user_moved_to_another_split_is_named(method: str, received: Path) -> None:
    change_manifest(received, "settings", "split_method", to=method)
    assert problems(received) == []
    moved_to_test(received)
    sentence = every_rule()["users_are_in_the_split_of_the_settings"].sentence
    assert problems(received) == [f"{received}: broken: {sentence} (1 row: user_id 9)"]


def test_train_after_new_users_begin_is_named(received: Path) -> None:
    change_manifest(received, "settings", "split_method", to="new_users")
    assert problems(received) == []
    # user 7 ends at 10:20, user 9 at 14:00
    times = ["1970-01-01 10:20:00.000001", "1970-01-02"]
    change_manifest(received, "settings", "split_times", to=times)
    sentence = every_rule()[OF_NEW_USERS].sentence
    last = 'user_id 9, last_ts "1970-01-01 14:00:00+00:00"'
    assert problems(received) == [f"{received}: broken: {sentence} (1 row: {last})"]
    times[0] = "1970-01-01 14:00:00"
    change_manifest(received, "settings", "split_times", to=times)
    assert problems(received) == [f"{received}: broken: {sentence} (1 row: {last})"]
    times[0] = "1970-01-01 14:00:00.000001"
    change_manifest(received, "settings", "split_times", to=times)
    assert problems(received) == []


@pytest.mark.parametrize(
    ("t_test", "is_broken"), [("14:00:00", True), ("14:00:01", False)]
)
def test_val_after_new_users_of_test_begin_is_named(
    t_test: str, is_broken: bool, received: Path
) -> None:
    change_manifest(received, "settings", "split_method", to="new_users")
    # user 7 ends at 10:20, user 9 at 14:00
    times = ["1970-01-01 10:20:01", f"1970-01-01 {t_test}"]
    change_manifest(received, "settings", "split_times", to=times)
    forge(received, USERS, {"users": [7]})
    forge(received, USERS_VAL, {"users": [9]})
    sentence = every_rule()[OF_NEW_USERS].sentence
    assert is_broken == any(sentence in line for line in problems(received))


# train ends before the first user of val or test begins, val before the first of test
ARRIVALS = {
    1: ("train", 1),
    2: ("val", 3),
    3: ("val", 4),
    4: ("test", 6),
    5: ("test", 9),
}


@pytest.fixture(scope="module")
def arrived(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published folder of users who came on these days; not to change."""
    rows = [
        f"{user},{hour},2020-01-0{day} {hour}:00:00"
        for user, (_, day) in ARRIVALS.items()
        for hour in range(10, 16)
    ]
    return published_from(
        Workspace(tmp_path_factory.mktemp("arrived")),
        "\n".join(["user_id,item_id,created_at", *rows]),
        columns={"watch_percentage": None, "rating": None},
        split_method="new_users",
        split_ratios=[0.2, 0.4, 0.4],
    )


@pytest.mark.parametrize(
    ("user", "day", "is_broken"),
    [(1, 2, False), (1, 3, True), (3, 5, False), (3, 6, True), (5, 9, False)],
)
def test_without_split_times_the_first_to_come_end_a_split(
    user: int, day: int, is_broken: bool, arrived: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(arrived, tmp_path / "arrived"))
    splits = {
        user: split
        for split in SPLITS
        for user in json.loads(
            (folder / f"user_splits/users_{split}.json").read_text()
        )["users"]
    }
    assert splits == {user: split for user, (split, _) in ARRIVALS.items()}
    assert problems(folder) == []
    last = f"timestamptz '2020-01-0{day} 15:00:00Z'"
    forge(folder, EVENTS, put("ts", last, f"user_id = {user} and course_id = 15"))
    sentence = every_rule()[OF_NEW_USERS].sentence
    assert is_broken == any(sentence in line for line in problems(folder))


def test_a_new_user_moved_to_another_split_is_named(received: Path) -> None:
    change_manifest(received, "settings", "split_method", to="new_users")
    moved_to_test(received)
    found = problems(received)
    rules = every_rule()
    for name in (OF_NEW_USERS, "users_are_in_the_split_of_the_settings"):
        assert any(rules[name].sentence in line for line in found), found


@pytest.mark.parametrize(
    ("first", "others", "time_format"),
    [
        ("1.7e18", "1538151509.25 + n", "auto"),
        ("1538151509.25", "1538151509.25 + n", "auto"),
        (
            "timestamp '2018-09-28'",
            "timestamp '2018-09-28' + interval 1 hour * n",
            "%d.%m.%Y",
        ),
        ("date '2018-09-28'", "date '2018-09-28' + n", "auto"),
    ],
)
def test_a_reason_holds_for_a_time_of_each_type(
    first: str, others: str, time_format: str, workspace: Workspace
) -> None:
    """The first event has no user; whether its time can be read goes by its type."""
    events = workspace.root / "events.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            "copy (select case when n > 0 then 7 end as user_id, n as item_id,"
            f" case when n = 0 then {first} else {others} end as created_at"
            f" from (select cast(range as integer) as n from range(9))) to '{events}'"
        )
    workspace.build(
        raw_events=str(events),
        columns={"watch_percentage": None, "rating": None},
        time_format=time_format,
        max_rejected_fraction=0.5,
    )
    workspace.publish()
    assert pq.read_metadata(workspace.processed / "sample" / REJECTED).num_rows == 1
    assert problems(workspace.processed / "sample") == []


def test_a_text_that_only_duckdb_reads_as_a_time_has_its_reason(
    workspace: Workspace,
) -> None:
    text = "\n".join(f"7,{n},2018-09-0{n}" for n in range(1, 8))
    folder = published_from(
        workspace,
        f"user_id,item_id,created_at\n{text}\n7,8,2018-9-8\n",
        columns={"watch_percentage": None, "rating": None},
        max_rejected_fraction=0.5,
    )
    assert pq.read_metadata(folder / REJECTED).num_rows == 1
    assert problems(folder) == []


def test_a_pinned_split_cannot_be_worked_out(received: Path) -> None:
    change_manifest(received, "settings", "split_method", to="pinned")
    moved_to_test(received)
    assert problems(received) == []


def test_splits_ties_and_rows_alike_are_as_they_must_be(crowded: Path) -> None:
    assert problems(crowded) == []


def test_the_only_pair_of_a_user_is_missed(crowded: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(crowded, tmp_path / "crowded"))
    for split in SPLITS:
        name = PAIR_OFFSETS.replace("train", split)
        if 9 in pq.read_table(folder / name).column("user_id").to_pylist():
            forge(folder, name, without("user_id = 9"))
    sentence = every_rule()["pairs_and_episodes_reconcile_with_the_sequences"].sentence
    found = problems(folder)
    assert f"{folder}: broken: {sentence} (1 row: user_id 9)" in found, found


def test_an_episode_of_another_user_s_first_pair_is_named(
    crowded: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(crowded, tmp_path / "crowded"))
    # the label of user 9's only pair is the fifth item, after two of four
    name, number = next(
        (name, users.index(1))
        for name in (EPISODE_OFFSETS.replace("train", split) for split in SPLITS)
        if 1 in (users := pq.read_table(folder / name).column("user_id").to_pylist())
    )
    for column, place in (("support_prefix_starts", 2), ("support_label_positions", 4)):
        forge(folder, name, put(column, f"[{place}]", f"n = {number}"))
    sentence = every_rule()["episode_offsets_are_those_of_pairs_in_a_row"].sentence
    found = problems(folder)
    assert any(f"broken: {sentence} (1 row: " in line for line in found), found


@pytest.mark.parametrize("column", ["watch_percentage", "rating"])
def test_events_that_differ_in_one_value_are_in_its_order(
    column: str, crowded: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(crowded, tmp_path / "crowded"))
    values = pq.read_table(folder / EVENTS).column(column).to_pylist()
    first, second = (
        values.index(value) for value in {"rating": (1, 2)}.get(column, (10, 20))
    )
    forge(
        folder,
        EVENTS,
        f"select * replace (case n when {first} then {values[second]} when {second} "
        f"then {values[first]} else {column} end as {column}) from rows order by n",
    )
    sentence = every_rule()["events_are_in_order"].sentence
    assert any(f"broken: {sentence} (" in line for line in problems(folder))


@pytest.mark.parametrize(
    ("name", "rule", "row"),
    [
        (PAIRS, "pairs_are_those_of_their_offsets", 7),
        (EPISODES, "episodes_are_those_of_their_offsets", 2),
    ],
)
def test_a_row_that_is_missing_is_named(
    name: str, rule: str, row: int, received: Path
) -> None:
    forge(received, name, without(f"n = {row}"))
    sentence = every_rule()[rule].sentence
    place = f'split "train", file_row_number {row}'
    assert f"{received}: broken: {sentence} (1 row: {place})" in problems(received)


def test_the_first_of_the_rows_that_break_a_rule_is_named(received: Path) -> None:
    forge(received, EVENTS, put("rating", "cast('nan' as double)", "n in (1, 2)"))
    sentence = every_rule()["ratings_and_watch_percentages_are_finite"].sentence
    first = 'user_id 7, session_id "7_0001", pos_in_sess 2'
    assert problems(received) == [
        f"{received}: broken: {sentence} (2 rows, the first: {first})"
    ]


# rows 3 and 4, user 7's events of 10:10:01 in courses 30 and 40, items 1 and 2
SWAPPED = (
    "select * replace (case n when 3 then 2 when 4 then 1 else pos_in_sess end"
    " as pos_in_sess) from rows order by case n when 3 then 4 when 4 then 3 else n end"
)


def swapped(item: str) -> str:
    """An item of user 7, 1 and 2 exchanged."""
    return f"case when user_id = 7 and {item} in (1, 2) then 3 - {item} else {item} end"


def swapped_in(items: str) -> str:
    return f"list_transform({items}, lambda item: {swapped('item')})"


def swapped_in_each(prefixes: str) -> str:
    return f"list_transform({prefixes}, lambda items: {swapped_in('items')})"


SWAPPED_IN_BOTH = {
    EVENTS: SWAPPED,
    SEQUENCES: f"select * replace ({swapped_in('items')} as items)"
    " from rows order by n",
}
TIED_ROWS_SWAPPED: dict[str, dict[str, str]] = {
    "full": {
        **SWAPPED_IN_BOTH,
        PAIRS: f"select * replace ({swapped_in('prefix')} as prefix,"
        f" {swapped('label')} as label) from rows order by n",
        EPISODES: "select * replace ("
        f"{swapped_in_each('support_prefixes')} as support_prefixes,"
        f" {swapped_in('support_labels')} as support_labels,"
        f" {swapped_in_each('query_prefixes')} as query_prefixes,"
        f" {swapped_in('query_labels')} as query_labels) from rows order by n",
    },
    "compact": SWAPPED_IN_BOTH,
}


@pytest.mark.parametrize("layout", TIED_ROWS_SWAPPED)
def test_tied_rows_swapped_with_all_that_follows_from_it_are_noticed(
    layout: str, received: Path, received_compact: Path
) -> None:
    folder = {"full": received, "compact": received_compact}[layout]
    for name, change in TIED_ROWS_SWAPPED[layout].items():
        before = (folder / name).read_bytes()
        forge(folder, name, change)
        assert (folder / name).read_bytes() != before
    sentence = every_rule()["events_are_in_order"].sentence
    [line] = problems(folder)
    assert line.startswith(f"{folder}: broken: {sentence} (2 rows")


# what only the input could show
FREE = {
    *((EVENTS, name) for name in ("watch_percentage", "rating")),
    *(
        (REJECTED, name)
        for name in ("user_id", "item_id", "created_at", "watch_percentage", "rating")
    ),
}
OTHER_VALUES = {
    "bigint": "{} + 1",
    "varchar": "{} || 'x'",
    "timestamp with time zone": "{} + interval 1 second",
    "bigint[]": "list_append({}, 0)",
    "bigint[][]": "list_append({}, [0])",
}


OFFSETS_FORGERIES: dict[str, tuple[str, dict[str, Any]]] = {
    "a sequence is not that of its user's events": (
        "sequences_are_those_of_the_events",
        {SEQUENCES: put("items", "list_reverse(items)")},
    ),
    "a time of a sequence is a microsecond off": (
        "sequences_are_those_of_the_events",
        {
            SEQUENCES: put(
                "ts_micros", "list_transform(ts_micros, lambda ts: ts + 1)", "n = 1"
            )
        },
    ),
    "a window is not 0, 1, 2 … of its user": (
        "windows_number_the_episodes_of_a_user",
        {EPISODE_OFFSETS: put("window", '"window" + 1', "n = 2")},
    ),
    "sequences are not in the order of their users": (
        "sequences_are_in_order",
        {SEQUENCES: BACKWARDS},
    ),
    "a user has a sequence twice": (
        "sequences_are_in_order",
        {SEQUENCES: twice("n = 1")},
    ),
    "a pair that the events give is missing": (
        "pairs_and_episodes_reconcile_with_the_sequences",
        {PAIR_OFFSETS: without("n = 1")},
    ),
    "a prefix is not the items strictly before its label": (
        "pair_offsets_are_those_of_the_labels",
        {PAIR_OFFSETS: put("prefix_end", "prefix_end + 1")},
    ),
    "a pair more than the labels": (
        "pair_offsets_are_those_of_the_labels",
        {PAIR_OFFSETS: twice("n = 7")},
    ),
    "a pair's label is an item earlier": (
        "pair_offsets_are_those_of_the_labels",
        {
            PAIR_OFFSETS: "select * replace ("
            "label_position - cast(n = 7 as int) as label_position, "
            "prefix_end - cast(n = 7 as int) as prefix_end) from rows order by n"
        },
    ),
    "pair_ids number the pairs of the last user first": (
        "pair_ids_number_the_pairs_by_user",
        {
            PAIR_OFFSETS: "select * replace (row_number() over "
            "(order by user_id desc, n) - 1 as pair_id) from rows order by pair_id"
        },
    ),
    "an episode's places are those of another user's pairs": (
        "episode_offsets_are_those_of_pairs_in_a_row",
        {
            EPISODE_OFFSETS: "select * replace ("
            + ", ".join(
                f"if(user_id = 9, first({column}) over (order by n), {column})"
                f" as {column}"
                for column in (
                    "support_prefix_starts",
                    "support_label_positions",
                    "query_prefix_starts",
                    "query_label_positions",
                )
            )
            + ") from rows order by n"
        },
    ),
    "a pair's user is not in its split": FORGERIES["a pair's user is not in its split"],
    **{
        f"{name} without a user": (
            "pairs_and_episodes_reconcile_with_the_sequences",
            {name: without("user_id = 9")},
        )
        for name in (PAIR_OFFSETS, EPISODE_OFFSETS)
    },
    **{
        f"{name} with a row of a user without events": (
            "pairs_and_episodes_reconcile_with_the_sequences",
            {
                name: "from (from rows union all"
                " select * replace (8 as user_id) from rows where n = 0) order by n"
            },
        )
        for name in (PAIR_OFFSETS, EPISODE_OFFSETS)
    },
    "a user has a pair twice": (
        "pairs_and_episodes_reconcile_with_the_sequences",
        {PAIR_OFFSETS: twice("n = 1")},
    ),
    "pair_ids are not 0, 1, 2 … in the order of user and time": (
        "pair_ids_number_the_pairs_by_user",
        {PAIR_OFFSETS: put("pair_id", "pair_id + 100", "n = 1")},
    ),
    "pairs are not in the order of their pair_id": (
        "pairs_are_in_order",
        {PAIR_OFFSETS: BACKWARDS},
    ),
    "K + Q pairs of a user in a row have no episode": (
        "pairs_and_episodes_reconcile_with_the_sequences",
        {EPISODE_OFFSETS: without("n = 1")},
    ),
    "an episode is not K + Q pairs of its user in a row, support first": (
        "episode_offsets_are_those_of_pairs_in_a_row",
        {EPISODE_OFFSETS: put("query_prefix_starts", "[1, 1]")},
    ),
    "a label of an episode is not at the place of its pair": (
        "episode_offsets_are_those_of_pairs_in_a_row",
        {EPISODE_OFFSETS: put("query_label_positions", "[1, 1]")},
    ),
    "an episode's user is not in its split": (
        "no_user_in_two_splits",
        {EPISODE_OFFSETS: put("user_id", "8")},
    ),
    "a user has an episode twice": (
        "pairs_and_episodes_reconcile_with_the_sequences",
        {EPISODE_OFFSETS: twice("n = 1")},
    ),
    "episodes are not in the order of their user and time": (
        "episodes_are_in_order",
        {EPISODE_OFFSETS: BACKWARDS},
    ),
    "episode_ids are not 0, 1, 2 … in each file": (
        "episode_ids_number_each_split",
        {EPISODE_OFFSETS: put("episode_id", "episode_id + 1")},
    ),
    "an item of a sequence is not in the vocabulary": (
        "sequences_are_in_the_vocabulary",
        {SEQUENCES: put("items", "list_append(items, 4)")},
    ),
    "an episode has not exactly K and Q": (
        "episode_offsets_have_exactly_k_and_q",
        {EPISODE_OFFSETS: put("support_label_positions", "[1, 2]")},
    ),
    "an episode has K but not Q": (
        "episode_offsets_have_exactly_k_and_q",
        {
            EPISODE_OFFSETS: put(
                "query_label_positions", "list_append(query_label_positions, 9)"
            )
        },
    ),
    "an episode has Q labels but not Q prefixes": (
        "episode_offsets_have_exactly_k_and_q",
        {
            EPISODE_OFFSETS: put(
                "query_prefix_starts", "list_append(query_prefix_starts, 0)"
            )
        },
    ),
    "an episode has K labels but not K prefixes": (
        "episode_offsets_have_exactly_k_and_q",
        {
            EPISODE_OFFSETS: put(
                "support_prefix_starts", "list_append(support_prefix_starts, 0)"
            )
        },
    ),
    "a label's place is none that the events give": (
        "pair_offsets_are_those_of_the_labels",
        {PAIR_OFFSETS: put("label_position", "label_position + 1")},
    ),
    "a prefix does not start at the first item": (
        "pair_offsets_are_those_of_the_labels",
        {PAIR_OFFSETS: put("prefix_start", "prefix_start + 1", "n = 1")},
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("forgery", OFFSETS_FORGERIES)
def test_a_promise_broken_by_sequences_or_offsets_is_named(
    forgery: str, layout: str, received: Path, received_compact: Path
) -> None:
    folder = {"full": received, "compact": received_compact}[layout]
    assert problems(folder) == []
    rule, changes = OFFSETS_FORGERIES[forgery]
    for name, change in changes.items():
        forge(folder, name, change)
    found = problems(folder)
    sentence = every_rule()[rule].sentence
    assert any(f"broken: {sentence} (" in line for line in found), found


def test_only_rules_of_the_expanded_lists_are_not_asked_of_the_compact_layout(
    learners: Path,
) -> None:
    of_lists = {
        "episodes_are_those_of_their_offsets",
        "episodes_have_exactly_k_and_q",
        "every_prefix_is_strictly_before_its_label",
        "labels_and_prefixes_are_in_the_vocabulary",
        "pairs_are_those_of_their_offsets",
        "support_is_before_query",
        "windows_and_label_times_are_those_of_the_events",
    }
    compact = asked(learners.with_name("sample.compact"))
    assert asked(learners) - compact == of_lists
    assert compact <= asked(learners)


COLUMNS_FORGED = [
    *(ITEMS, EVENTS, SESSIONS, REJECTED, SEQUENCES),
    *(PAIR_OFFSETS, PAIRS, EPISODE_OFFSETS, EPISODES),
]


def test_the_columns_of_every_table_are_forged(received: Path) -> None:
    tables = {
        artifact.path: artifact.model
        for artifact in all_artifacts(read_manifest(received).settings)
        if isinstance(artifact, ParquetArtifact)
    }
    assert {tables[path] for path in COLUMNS_FORGED} == {*tables.values()}


@pytest.mark.parametrize("name", COLUMNS_FORGED)
def test_no_column_can_be_forged(name: str, received: Path) -> None:
    before = (received / name).read_bytes()
    table = pq.read_table(received / name)
    with duckdb.connect() as connection:
        connection.register("given", table)
        described = connection.execute("describe given").fetchall()
    for column, kind, *_ in described:
        if (name, column) in FREE:
            continue
        for row in {0, table.num_rows - 1}:
            other = OTHER_VALUES[kind.lower()].format(f'"{column}"')
            forge(received, name, put(column, other, f"n = {row}"))
            assert problems(received), f"{column} of row {row}"
            forge_bytes(received, name, before, table.num_rows)
    assert problems(received) == []


NUMBERED = "The vocabulary has the courses of the events"


@pytest.mark.parametrize(
    ("courses", "is_broken"),
    [(COURSES, False), (UNKNOWN_COURSE, False), (COURSES[:3], True)],
)
def test_a_pinned_vocabulary_may_have_courses_without_events(
    courses: Any, is_broken: bool, received: Path
) -> None:
    change_manifest(received, "settings", "pinned_vocab", to="course2id.json")
    for name, document in vocabulary(courses).items():
        forge(received, name, document)
    found = problems(received)
    assert any(NUMBERED in line for line in found) == is_broken
    assert bool(found) == (courses != COURSES)


def test_an_item_of_an_event_is_that_of_the_pinned_vocabulary(received: Path) -> None:
    change_manifest(received, "settings", "pinned_vocab", to="course2id.json")
    for name, document in vocabulary(OTHER_ORDER).items():
        forge(received, name, document)
    assert any(NUMBERED in line for line in problems(received))


@pytest.mark.parametrize(
    ("columns", "is_allowed"),
    [
        ({"title": pa.string(), "Thème, 2": pa.string()}, True),
        ({"duration": pa.int64()}, False),
        ({"title": pa.string(), "Title": pa.string()}, False),
        ({"Item_id": pa.string()}, False),
    ],
)
def test_more_columns_of_items_are_text(
    columns: dict[str, pa.DataType], is_allowed: bool, received: Path
) -> None:
    table = pq.read_table(received / ITEMS)
    for name, kind in columns.items():
        table = table.append_column(name, pa.nulls(table.num_rows, kind))
    forge_table(received, ITEMS, table)
    found = problems(received)
    assert (found == []) == is_allowed
    assert is_allowed or "items.parquet: schema is not ['item_id'," in found[0]


@pytest.mark.parametrize(
    ("setting", "value", "broken"),
    [
        # of '1:7', '1:30' and '1:40', whose bits put course 40 before 30
        ("split_seed", 1, "Events are in the order of user, time, tie key and course"),
        ("session_gap_seconds", 1799, "A session starts at a user's first event"),
        ("session_gap_seconds", 1801, "A session starts at a user's first event"),
        ("max_prefix_len", 2, "Every prefix is the items strictly before its label"),
        ("deduplicate_consecutive", False, "Each user has one pair for every label"),
        ("vocab_order", "shuffled", "The vocabulary has the courses of the events"),
        ("split_ratios", [0.5, 0.5, 0], "Every user is in the split that split_method"),
    ],
)
def test_another_setting_than_the_build_s_is_noticed(
    setting: str, value: Any, broken: str, received: Path
) -> None:
    change_manifest(received, "settings", setting, to=value)
    found = problems(received)
    assert any(broken in line for line in found), found


def test_published_and_received_folders_are_recognized(
    tiny: Workspace, received: Path
) -> None:
    of_run = tiny.newest_report() / "manifest.json"
    of_folder = tiny.processed / "sample" / "manifest.json"
    assert verify(of_run, of_folder, received / "manifest.json") == (0, [])


@pytest.mark.parametrize("name", ["it's", "[a] *?", "user_id=5", "ünï\u00a0"])
def test_a_folder_may_have_any_name(name: str, received: Path) -> None:
    assert problems(Path(shutil.move(received, received.with_name(name)))) == []


def test_any_changed_byte_is_named(received: Path) -> None:
    manifest = json.loads((received / "manifest.json").read_text(encoding="utf-8"))
    for name in [entry["path"] for entry in manifest["artifacts"]]:
        path = received / name
        before = path.read_bytes()
        middle = len(before) // 2
        path.write_bytes(
            before[:middle] + bytes([before[middle] ^ 1]) + before[middle + 1 :]
        )
        found = problems(received)
        assert len(found) == 1
        assert f"{path}: changed" in found[0]
        path.write_bytes(before)
    assert verify(received / "manifest.json") == (0, [])


def test_a_missing_and_an_added_file_are_named(received: Path) -> None:
    (received / "vocab" / "course2id.json").unlink()
    (received / "pairs" / "pairs_extra.parquet").write_text("")
    (received / "pairs" / "elsewhere").symlink_to(received.parent)
    code, found = verify(received / "manifest.json")
    assert code == 1
    assert [line.rsplit("/", 1)[1] for line in found] == [
        "course2id.json: missing",
        "elsewhere: not in the manifest",
        "pairs_extra.parquet: not in the manifest",
    ]


def test_an_entry_left_out_of_the_manifest_is_named(received: Path) -> None:
    number = entry_number(received, EPISODES)
    change_manifest(received, "artifacts", number, to=...)
    manifest = received / "manifest.json"
    assert problems(received) == [
        f"{manifest}: does not list {EPISODES}",
        f"{received / EPISODES}: not in the manifest",
    ]


def test_a_link_in_the_place_of_a_file_is_named_and_not_read(received: Path) -> None:
    outside = received.parent / "outside"
    outside.mkdir()
    for name in (COURSE2ID, EVENTS):
        shutil.move(received / name, outside)
        (received / name).symlink_to(outside / Path(name).name)
    shutil.move(received / "pairs", outside)
    (received / "pairs").symlink_to(outside / "pairs")
    for path in outside.glob("*.*"):
        path.write_text("changed, but not looked at")
    code, found = verify(received)
    assert code == 1
    linked = [
        f"pairs/{kind}_{split}.parquet"
        for kind in ("pair_offsets", "pairs")
        for split in ("test", "train", "val")
    ]
    assert found == [
        *(
            f"verify: {received / name}: a link, not a file of its own"
            for name in (*linked, EVENTS, COURSE2ID)
        ),
        f"verify: {received / 'pairs'}: not in the manifest",
    ]


@pytest.mark.parametrize("compression", ["none", "snappy"])
def test_another_compression_is_named(compression: str, received: Path) -> None:
    events = pq.read_table(received / EVENTS)
    pq.write_table(events, received / EVENTS, compression=compression)
    acknowledge(received, EVENTS, events.num_rows)
    found = {"none": "uncompressed", "snappy": "snappy"}[compression]
    line = f"{received / EVENTS}: compressed as {found}, not zstd"
    assert problems(received) == [line]


def test_a_single_column_of_another_compression_is_named(received: Path) -> None:
    events = pq.read_table(received / EVENTS)
    by_column = dict.fromkeys(events.schema.names, "zstd") | {"rating": "snappy"}
    pq.write_table(events, received / EVENTS, compression=by_column, row_group_size=5)
    acknowledge(received, EVENTS, events.num_rows)
    line = f"{received / EVENTS}: compressed as snappy, not zstd"
    assert problems(received) == [line]


def test_the_name_of_another_dataset_is_named(
    learners: Path, received: Path, tmp_path: Path
) -> None:
    manifest = received / "manifest.json"
    change_manifest(received, "dataset", to="mars")
    assert problems(received) == [
        f'{manifest}: not a manifest of an export: dataset is "mars"; it must be '
        '"sample", as settings.dataset is'
    ]
    change_manifest(received, "settings", "dataset", to="mars")
    published = tmp_path / "processed"
    version = published / ".versions" / "sample.compact" / "1"
    shutil.copytree(received, version)
    (published / "sample.compact").symlink_to(version)
    for folder in (version, published / "sample.compact"):
        assert problems(folder) == [
            f'{folder / "manifest.json"}: dataset is "mars", but {folder} is where '
            "sample is published"
        ]
    shutil.rmtree(version)
    shutil.copytree(learners, version)
    assert problems(version) == []


@pytest.mark.parametrize("layout", LAYOUTS)
def test_cards_that_name_another_dataset_are_named(
    layout: str, received: Path, received_compact: Path
) -> None:
    folder = {"full": received, "compact": received_compact}[layout]
    change_manifest(folder, "dataset", to="mars")
    change_manifest(folder, "settings", "dataset", to="mars")
    dataset = 'as the manifest\'s dataset is "mars"'
    title = "as episodes for few-shot recommenders"
    card = (
        f'{folder / "README.md"}: pretty_name is "sample, {title}"; it must be '
        f'"mars, {title}", {dataset}'
    )
    metadata = (
        f'{folder / CROISSANT}: name is "mooc-episodes-sample"; it must be '
        f'"mooc-episodes-mars", {dataset}'
    )
    assert problems(folder) == [metadata, card]
    document = json.loads((folder / CROISSANT).read_text(encoding="utf-8"))
    (folder / CROISSANT).write_text(
        json.dumps(document | {"name": "mooc-episodes-mars"}), encoding="utf-8"
    )
    acknowledge(folder, CROISSANT, None)
    assert problems(folder) == [card]
    text = (folder / "README.md").read_text(encoding="utf-8")
    (folder / "README.md").write_text(
        text.replace("pretty_name: sample,", "pretty_name: mars,"), encoding="utf-8"
    )
    acknowledge(folder, "README.md", None)
    assert problems(folder) == []


@pytest.mark.parametrize("path", ["/etc/passwd", "../secret", "notes.txt"])
def test_a_file_that_is_no_artifact_is_named_and_not_read(
    path: str, received: Path
) -> None:
    entry = {"path": path, "bytes": 1, "sha256": "0" * 64, "rows": None}
    change_manifest(received, "artifacts", 0, to=entry)
    found = problems(received)
    foreign = f'lists "{path}", which its settings do not produce'
    assert any(foreign in line for line in found), found
    assert not any("sha256" in line for line in found), found


def test_another_number_of_bytes_is_named(received: Path) -> None:
    n_bytes = (received / EVENTS).stat().st_size
    number = entry_number(received, EVENTS)
    for other in (n_bytes + 1, n_bytes - 1):
        change_manifest(received, "artifacts", number, "bytes", to=other)
        line = f"{received / EVENTS}: {n_bytes} bytes, not {other}"
        assert problems(received) == [line]


def test_another_number_of_rows_is_named(received: Path) -> None:
    for name in (COURSE2ID, ID2COURSE, USERS, SESSIONS):
        change_manifest(
            received, "artifacts", entry_number(received, name), "rows", to=77
        )
    found = problems(received)
    assert sorted(line.rsplit("/", 1)[1] for line in found) == [
        "course2id.json: 4 rows, not 77",
        "id2course.json: 4 rows, not 77",
        "sessions.parquet: 8 rows, not 77",
        "users_train.json: 2 rows, not 77",
    ]


def test_another_schema_is_named(received: Path) -> None:
    table = pq.read_table(received / PAIRS)
    narrow = pc.cast(table.column("label"), pa.int32())
    forge_table(received, PAIRS, table.set_column(3, "label", narrow))
    found = problems(received)
    assert any(f"{PAIRS}: schema is not" in line for line in found), found


# what is no manifest

NO_MANIFEST = [
    (b"", "not JSON in UTF-8: "),
    (b"\xff\xfe", "not JSON in UTF-8: "),
    (b"[" * 100_000, "not JSON in UTF-8: "),
    (b'{"a": 1, "a": 2}', "not JSON in UTF-8: a key is given twice"),
    (b'{"a": NaN}', "not JSON in UTF-8: NaN is not a number"),
    (b"[]", "not a manifest of an export: it is []; it must be an object"),
    (b"{}", "not a manifest of an export: dataset is missing"),
    (
        b'{"dataset": "a", "settings": [], "artifacts": [], "made_from": {}}',
        "not a manifest of an export: settings is []; it must be an object",
    ),
]


@pytest.mark.parametrize(("content", "message"), NO_MANIFEST)
def test_what_is_not_a_manifest_is_reported(
    content: bytes, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "manifest.json"
    path.write_bytes(content)
    code, (line,) = verify(path)
    assert code == 1
    assert line.startswith(f"verify: {path}: {message}")


def test_no_manifest_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    assert verify(path) == (1, [f"verify: {path}: no such folder or manifest"])
    path.mkdir()
    assert verify(path) == (
        1,
        [
            f"verify: {path}: no manifest.json in it, so not published or not copied "
            "whole; publish it again with scripts/export.py, or copy it again whole"
        ],
    )
    (path / "sample").mkdir()
    (path / "sample" / "manifest.json").touch()
    inside = "holds published folders; give one of them: sample"
    assert verify(path) == (1, [f"verify: {path}: {inside}"])


def test_a_folder_stands_for_its_manifest(received: Path) -> None:
    assert verify(received)[0] == 0


BROKEN_MANIFESTS = [
    (("dataset",), 7, "dataset is 7"),
    (("dataset",), "../mars", 'dataset is "../mars"'),
    (("dataset",), "sample\n", 'dataset is "sample\\n"'),
    (("note",), "x", '"note" is unknown; leave it out'),
    (("settings", "note"), "x", 'settings."note" is unknown; leave it out'),
    (("artifacts", 1, "note"), "x", 'artifacts[1]."note" is unknown; leave it out'),
    (("settings", "time_format"), "m", 'settings.time_format is "m"'),
    (("settings", "time_format"), "", 'settings.time_format is ""'),
    (("settings", "time_format"), "auto\n", 'settings.time_format is "auto\\n"'),
    (("settings", "time_origin"), "2014", 'settings.time_origin is "2014"'),
    (("settings", "time_origin"), "2014-02-30", "time_origin is "),
    (("settings", "time_origin"), "2014-02-01 25:00", "time_origin is "),
    (("settings", "time_origin"), "2014-02-01\n", "time_origin is "),
    (("settings", "time_origin"), 0, "settings.time_origin is 0"),
    (("settings", "split_method"), "random", 'settings.split_method is "random"'),
    (("settings", "split_seed"), -1, "settings.split_seed is -1"),
    (("settings", "split_seed"), "1", 'settings.split_seed is "1"'),
    (("settings", "evaluation_budget"), 0, "settings.evaluation_budget is 0"),
    (("settings", "evaluation_budget"), ..., "settings.evaluation_budget is missing"),
    (("settings", "split_ratios"), [1, 0], "settings.split_ratios is [1, 0]"),
    (
        ("settings", "split_ratios"),
        [1, 0, 0, 0],
        "split_ratios is [1, 0, 0, 0]",
    ),
    (("settings", "split_ratios", 0), 1.5, "settings.split_ratios[0] is 1.5"),
    (("settings", "split_ratios", 2), -0.1, "settings.split_ratios[2] is -0.1"),
    (("settings", "split_ratios", 1), True, "settings.split_ratios[1] is true"),
    (("settings",), ..., "settings is missing"),
    (("settings", "episode_q"), ..., "settings.episode_q is missing"),
    (("settings", "episode_k"), 0, "settings.episode_k is 0"),
    (("settings", "episode_k"), True, "settings.episode_k is true"),
    (("settings", "episode_k"), 2.0, "settings.episode_k is 2.0"),
    (("settings", "episode_k"), 2**31, "settings.episode_k is 2147483648"),
    (("settings", "episode_q"), None, "settings.episode_q is null"),
    (("settings", "max_prefix_len"), "x", 'settings.max_prefix_len is "x"'),
    (("settings", "max_prefix_len"), 0, "settings.max_prefix_len is 0"),
    (("settings", "session_gap_seconds"), -1, "settings.session_gap_seconds is -1"),
    (("settings", "session_gap_seconds"), [], "settings.session_gap_seconds is []"),
    (("settings", "deduplicate_consecutive"), 1, "deduplicate_consecutive is 1"),
    (("settings", "user_id_type"), "int", 'settings.user_id_type is "int"'),
    (("settings", "item_id_type"), {}, "settings.item_id_type is {}"),
    (("made_from",), ..., "made_from is missing"),
    (("made_from", "mooc_episodes"), 1, "made_from.mooc_episodes is 1"),
    (("made_from", "commit"), "main", 'made_from.commit is "main"'),
    (("made_from", "commit"), "0" * 40 + "\n", 'made_from.commit is "000'),
    (("made_from", "licence"), "", 'made_from.licence is ""'),
    (("made_from", "licence"), "a\nb", 'made_from.licence is "a\\nb"'),
    (("made_from", "settings"), [], "made_from.settings is []"),
    (("made_from", "input", "rows"), -1, "made_from.input.rows is -1"),
    (("made_from", "input", "files"), {}, "made_from.input.files is {}"),
    (("made_from", "input", "files", 0, "path"), "", 'files[0].path is ""'),
    (("made_from", "input", "files", 0, "bytes"), "9", 'files[0].bytes is "9"'),
    (("made_from", "input", "files", 0, "sha256"), "abc", 'files[0].sha256 is "abc"'),
    (("artifacts",), {}, "artifacts is {}"),
    (("artifacts", 0), "vocab", 'artifacts[0] is "vocab"; it must be an obj'),
    (("artifacts", 0, "path"), None, "artifacts[0].path is null"),
    (("artifacts", 0, "path"), "", 'artifacts[0].path is ""'),
    (("artifacts", 0, "path"), "a\n", 'artifacts[0].path is "a\\n"'),
    (("artifacts", 0, "path"), "a\nb", 'artifacts[0].path is "a\\nb"'),
    (("artifacts", 0, "path"), "\ud800", 'artifacts[0].path is "\\ud800"'),
    (("artifacts", 0, "bytes"), "九", 'artifacts[0].bytes is "九"'),
    (("artifacts", 0, "path"), ID2COURSE, "it lists a file twice"),
    (("artifacts", 0, "bytes"), ..., "artifacts[0].bytes is missing"),
    (("artifacts", 0, "bytes"), "9", 'artifacts[0].bytes is "9"'),
    (("artifacts", 0, "sha256"), ..., "artifacts[0].sha256 is missing"),
    (("artifacts", 0, "sha256"), "0" * 64 + "\n", 'artifacts[0].sha256 is "000'),
    (("artifacts", 0, "sha256"), "abc", 'artifacts[0].sha256 is "abc"'),
    (("artifacts", 0, "rows"), ..., "artifacts[0].rows is missing"),
    (("artifacts", 0, "rows"), -1, "artifacts[0].rows is -1"),
    (("artifacts", 0, "rows"), False, "artifacts[0].rows is false"),
    (("root",), 5, "root is 5"),
    (("root",), "processed/sample", "out_dir is missing"),
]


@pytest.mark.parametrize(("place", "value", "message"), BROKEN_MANIFESTS)
def test_a_broken_manifest_is_reported_in_one_line(
    place: tuple[str | int, ...], value: Any, message: str, received: Path
) -> None:
    change_manifest(received, *place, to=value)
    (line,) = problems(received)
    path = received / "manifest.json"
    assert line.startswith(f"{path}: not a manifest of an export: ")
    assert message in line
    assert "\n" not in line


def test_every_setting_of_a_manifest_is_checked(received: Path) -> None:
    written = json.loads((received / "manifest.json").read_text())["settings"]
    assert [*SETTINGS] == [*written] == [*SCHEMA["$defs"]["settings"]["properties"]]


def test_the_schema_allows_what_the_contract_has() -> None:
    assert SCHEMA["$defs"]["id_type"]["enum"] == [*ID_TYPES]
    layout = SCHEMA["$defs"]["settings"]["properties"]["layout"]
    assert layout["enum"] == [*LAYOUTS]


def test_any_json_schema_validator_takes_what_an_export_wrote(tiny: Workspace) -> None:
    Draft202012Validator.check_schema(SCHEMA)
    of_run = json.loads((tiny.newest_report() / "manifest.json").read_text())
    of_folder = json.loads((tiny.processed / "sample/manifest.json").read_text())
    for manifest in (of_run, of_folder, of_folder | {"$schema": "x.json"}):
        Draft202012Validator(SCHEMA).validate(manifest)
    with pytest.raises(ValidationError):
        Draft202012Validator(SCHEMA).validate({**of_run, "run_id": None})


def test_code_in_a_manifest_is_not_run(received: Path) -> None:
    written = received.parent / "x.csv"
    code = f"2); copy (select 42) to '{written}'; select (0 --"
    for setting in SETTINGS:
        before = read_manifest(received / "manifest.json").settings[setting]
        change_manifest(received, "settings", setting, to=code)
        (line,) = problems(received)
        assert f'settings.{setting} is "2); copy (select 42) to' in line
        assert not written.exists()
        change_manifest(received, "settings", setting, to=before)


def test_the_checks_can_read_the_artifacts_and_nothing_else(received: Path) -> None:
    other = received.parent / "other.csv"
    other.write_text("a\n1\n")
    published = read_manifest(received / "manifest.json")
    with open_files(published) as connection:
        assert connection.execute("select count(*) from pairs").fetchall() == [(8,)]
        for query in (
            f"from read_csv('{other}')",
            f"copy (select 42) to '{other}'",
            "set enable_external_access = true",
        ):
            with pytest.raises(duckdb.Error):
                connection.execute(query).fetchall()
    assert other.read_text() == "a\n1\n"


# files that are not what their name says

BROKEN_FILES = [
    (COURSE2ID, b"{", "not JSON in UTF-8"),
    (COURSE2ID, b"\xff", "not JSON in UTF-8"),
    (COURSE2ID, b'["20"]', "not an object from course to number"),
    (COURSE2ID, b'{"20": "0"}', "not an object from course to number"),
    (COURSE2ID, b'{"20": true}', "not an object from course to number"),
    (COURSE2ID, b'{"20": 9223372036854775808}', "not an object from course to number"),
    (COURSE2ID, b'{"020": 0}', 'course "020" is not a bigint'),
    (COURSE2ID, b'{"x": 0}', 'course "x" is not a bigint'),
    (COURSE2ID, b'{"20": 0, "20": 1}', "a key is given twice"),
    (COURSE2ID, b'{"20": 1}', "ids are not 0, 1, 2"),
    (ID2COURSE, b"[]", "not the inverse of course2id.json"),
    (ID2COURSE, b'{"0": "30"}', "not the inverse of course2id.json"),
    (USERS, b"[7]", "users is missing; it must be a list of bigint"),
    (USERS, b'{"users": ["7"]}', "users is "),
    (USERS, b'{"users": [7, 9], "n": 2}', '"n" is unknown; leave it out'),
    (COURSE2ID, b'{"20": 0, "n": 1}', 'course "n" is not a bigint'),
    (USERS, b'{"users": [9223372036854775808]}', "users is "),
    (PAIRS, b"PAR1", "not a Parquet file"),
    (EVENTS, b"", "not a Parquet file"),
]


@pytest.mark.parametrize(("name", "content", "message"), BROKEN_FILES)
def test_a_broken_file_behind_a_true_hash_is_reported(
    name: str, content: bytes, message: str, received: Path
) -> None:
    forge_bytes(received, name, content)
    lines = problems(received)
    assert any(name in line and message in line for line in lines), lines
