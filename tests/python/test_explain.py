"""What `scripts/explain.py` prints about a user or a course, and how it fails."""

import csv
import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import PROJECT, TINY, TINY_SETTINGS, Workspace, heed_interrupts
from mooc_episodes.explain.reader import query
from mooc_episodes.warehouse.connection import rows


def command(place: Workspace, *arguments: str) -> list[str]:
    script = str(PROJECT / "scripts" / "explain.py")
    return [sys.executable, script, f"--database={place.database}", *arguments]


def run(
    place: Workspace, *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(place, *arguments),
        env=place.environment(COLUMNS="80", **environment),
        capture_output=True,
        text=True,
        check=False,
    )


def printed(place: Workspace, *arguments: str) -> str:
    done = run(place, *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def facts(place: Workspace, *arguments: str) -> dict[str, Any]:
    return json.loads(printed(place, *arguments, "--json"))


def refused(place: Workspace, *arguments: str) -> str:
    """The one line that says why nothing is printed."""
    done = run(place, *arguments)
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line


# The learner of the README

# the one eligible user is alone: floor(1 * 0.70) are train, floor(1 * 0.15) val.
# python: int(hashlib.md5(b"20260112:7").hexdigest()[:13], 16)
SEVEN = """\
User 7 of sample

Events
  6 rows accepted.
    ts                   course_id  watch_percentage  rating
    1970-01-01 09:00:00        510               100      10
    1970-01-01 09:10:00        510                50       5
    1970-01-01 09:40:00         20               100      10
    1970-01-01 10:10:01         30               100      10
    1970-01-01 10:10:01         40
    1970-01-01 10:20:00         20                 0       1

Rejected
  0 rows rejected.

Eligibility
  Eligible: has 6 events, 5 are needed.

Split
  In test, by split_method exact: users are ordered by key; the first are train,
  the next val, the rest test. The key of this one is 3591409907226047, from md5
  of '20260112:7'; 0 of the 1 users have a smaller one.
    split  n_users        lowest_key       highest_key
    test         1  3591409907226047  3591409907226047

Vocabulary
  4 of 4 courses.
    item_id  n_events  course_id
          0         2         20
          1         1         30
          2         1         40
          3         2        510

Sessions
  2 sessions: the first event starts one, and each after a gap of more than
  1,800 s.
    session_id  first_event  gap_before  n_events  duration_sec  course_id
    7_0001                1                     3          2400        510
    7_0002                4        1801         3           599         20

Sequence
  6 events, in order, make 5 items; 1 repeat collapsed.
    event_number  ts                   gap_seconds  item_id  position  collapsed
               1  1970-01-01 09:00:00                     3         0
               2  1970-01-01 09:10:00          600        3            a repeat
               3  1970-01-01 09:40:00         1800        0         1
               4  1970-01-01 10:10:01         1801        1         2
               5  1970-01-01 10:10:01            0        2         3
               6  1970-01-01 10:20:00          599        0         4

Pairs
  3 pairs. Not a label: the first item, and a tie, an item at the same time as
  the one before it.
    position  pair_id  label  skipped     prefix
           0                  first item
           1        0      0              [3]
           2        1      1              [3, 0]
           3                  tie
           4        2      0              [3, 0, 1, 2]

Episodes
  1 episode of 1 support and 2 query pairs. n_known: the items before the first
  support label.
    episode_id  window  n_known  part     pair_id  label  prefix
             0       0        1  support        0      0  [3]
             0       0        1  query          1      1  [3, 0]
             0       0        1  query          2      0  [3, 0, 1, 2]
"""


def test_the_learner_of_the_readme_is_reported_from_rows_to_episode(
    tiny: Workspace,
) -> None:
    assert printed(tiny, "user", "7") == SEVEN


def test_json_holds_the_same_facts(tiny: Workspace) -> None:
    found = facts(tiny, "user", "7")
    assert (found["dataset"], found["user_id"]) == ("sample", 7)
    assert [
        name.capitalize() for name in found if not name.endswith(("set", "id"))
    ] == [block.splitlines()[0] for block in SEVEN.split("\n\n")[1:]]
    assert found["eligibility"] == {
        "summary": "Eligible: has 6 events, 5 are needed.",
        "is_eligible": True,
        "n_events": 6,
        "min_interactions": 5,
        "rows": [],
    }
    assert found["split"]["split"] == "test"
    assert found["sessions"]["rows"][1]["gap_before"] == 1801
    sequence = found["sequence"]
    assert [row["position"] for row in sequence["rows"]] == [0, None, 1, 2, 3, 4]
    assert (sequence["n_items"], sequence["n_collapsed"]) == (5, 1)
    assert found["events"]["rows"][4] == {
        "ts": "1970-01-01 10:10:01",
        "course_id": 40,
        "watch_percentage": None,
        "rating": None,
    }
    pairs = found["pairs"]["rows"]
    assert [(row["prefix"], row["label"]) for row in pairs if not row["skipped"]] == [
        ([3], 0),
        ([3, 0], 1),
        ([3, 0, 1, 2], 0),
    ]
    parts = [(row["part"], row["pair_id"]) for row in found["episodes"]["rows"]]
    assert parts == [("support", 0), ("query", 1), ("query", 2)]


def test_a_user_with_too_few_events_is_reported_to_be_left_out(tiny: Workspace) -> None:
    assert printed(tiny, "user", "8").endswith(
        "Eligibility\n  Not eligible: has 1 of 5 events. Left out.\n"
    )
    found = facts(tiny, "user", "8")
    assert list(found)[2:] == ["events", "rejected", "eligibility"]
    assert not found["eligibility"]["is_eligible"]


def test_a_course_is_reported(tiny: Workspace) -> None:
    # the event of user 8, who is not eligible, is in no split
    assert printed(tiny, "course", "20") == (
        "Course 20 of sample\n\n"
        "Popularity\n  3 events of 2 users.\n\n"
        "Vocabulary\n"
        "  Item 0; its events of eligible users are in these splits.\n"
        "    split  n_users  n_events\n"
        "    test         1         2\n"
    )


# Ids of letters, rejected rows, many rows

QUOTED = "o'Brien\"; drop table int_users; --"
STUDENT = "学生"
RED = "\x1b[31mred\nline"
DASHED = "-x"
LONG = "long"
LOST = "lost"
IDS = (QUOTED, STUDENT, RED, DASHED, LONG)


def minutes(user: str, courses: str) -> list[tuple[str, str, str]]:
    """An event a minute, one of each course."""
    return [
        (user, course, f"1970-01-01 00:{minute:02}")
        for minute, course in enumerate(courses)
    ]


EVENTS = [
    *minutes(QUOTED, "abc"),
    (QUOTED, "d", "1970-02-30"),
    (QUOTED, "", "soon"),
    # the same row twice, a tie, then the course of the repeat again
    *[(STUDENT, "c", "1970-01-01 00:00")] * 2,
    (STUDENT, "d", "1970-01-01 00:00"),
    (STUDENT, "c", "1970-01-01 00:01"),
    *minutes(RED, "abc"),
    *minutes(DASHED, "abc"),
    *minutes(LONG, "ab" * 12 + "c"),
    (LOST, "a", "never"),
    (LOST[:3], "only", "1970-01-01"),
]


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    place = Workspace(tmp_path_factory.mktemp("letters"))
    events, splits = place.root / "events.csv", place.root / "splits.csv"
    with events.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("user_id", "item_id", "created_at"), *EVENTS])
    with splits.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [("user_id", "split"), *((own, "val") for own in IDS)]
        )
    place.build(
        raw_events=str(events),
        columns={"watch_percentage": None, "rating": None},
        user_id_type="varchar",
        item_id_type="varchar",
        split_method="pinned",
        pinned_splits=str(splits),
        max_rejected_fraction=1,
        max_prefix_len=2,
        **TINY_SETTINGS | {"min_interactions": 3},
    )
    return place


def test_courses_are_named_as_the_items_file_names_them(workspace: Workspace) -> None:
    events, items = workspace.root / "events.csv", workspace.root / "items.csv"
    events.write_text(TINY)
    # the name counts, not the title
    items.write_text("item_id,Title,Name\n20,no,Excel <1>\n510,no,\n")
    workspace.build(raw_events=str(events), items=str(items), **TINY_SETTINGS)
    found = facts(workspace, "course", "20")["popularity"]
    assert found["name"] == "Excel <1>"
    assert found["summary"] == "Excel <1>: 3 events of 2 users."
    assert facts(workspace, "course", "510")["popularity"]["name"] is None
    named = facts(workspace, "user", "7")["vocabulary"]["rows"]
    assert [(row["course_id"], row["name"]) for row in named] == [
        (20, "Excel <1>"),
        (30, None),
        (40, None),
        (510, None),
    ]
    page = (workspace.publish() / "report.html").read_text()
    # by its name, or its id
    assert 'title="item 0, course 20: Excel &lt;1&gt;">Excel &lt;1&gt;</span>' in page
    assert 'title="item 3">510</span>' in page


def test_an_id_that_looks_like_sql_is_an_id(letters: Workspace) -> None:
    found = facts(letters, "user", QUOTED)
    assert found["user_id"] == QUOTED
    assert found["eligibility"]["n_events"] == 3


def test_rejected_rows_are_reported_as_given_with_the_reason(
    letters: Workspace,
) -> None:
    rejected = [
        {
            "user_id": QUOTED,
            "item_id": "d",
            "created_at": "1970-02-30",
            "watch_percentage": None,
            "rating": None,
            "reason": "unreadable created_at",
        },
        {
            "user_id": QUOTED,
            "item_id": None,
            "created_at": "soon",
            "watch_percentage": None,
            "rating": None,
            "reason": "missing item_id; unreadable created_at",
        },
    ]
    assert facts(letters, "user", QUOTED)["rejected"]["rows"] == rejected
    text = printed(letters, "user", QUOTED)
    assert "2 rows rejected." in text
    assert "1970-02-30" in text


def test_a_user_of_rejected_rows_only_is_reported_as_such(letters: Workspace) -> None:
    found = facts(letters, "user", LOST)
    assert found["events"]["rows"] == []
    assert [row["created_at"] for row in found["rejected"]["rows"]] == ["never"]
    assert (
        found["eligibility"]["summary"] == "Not eligible: has 0 of 3 events. Left out."
    )


def test_too_few_pairs_for_an_episode_are_reported(letters: Workspace) -> None:
    assert printed(letters, "user", QUOTED).endswith(
        "Episodes\n  No episode: has 2 pairs, K + Q = 1 + 2 = 3 are needed.\n"
    )


def test_splits_of_a_course_are_in_their_order(sample: Workspace) -> None:
    rows = facts(sample, "course", "773")["vocabulary"]["rows"]
    assert [row["split"] for row in rows] == ["train", "val", "test"]


def test_splits_follow_each_other_by_key(sample: Workspace) -> None:
    rows = facts(sample, "user", "1014149")["split"]["rows"]
    assert [row["split"] for row in rows] == ["train", "val", "test"]
    keys = [key for row in rows for key in (row["lowest_key"], row["highest_key"])]
    assert keys == sorted({*keys})


def test_of_several_users_only_the_one_given_is_counted(letters: Workspace) -> None:
    found = facts(letters, "user", QUOTED)
    assert [
        (row["first_event"], row["gap_before"], row["n_events"])
        for row in found["sessions"]["rows"]
    ] == [(1, None, 3)]
    assert found["sequence"]["summary"].startswith("3 events, in order, make 3 items;")


def test_rows_alike_are_reported_one_by_one(letters: Workspace) -> None:
    found = facts(letters, "user", STUDENT)
    # courses a b c d are items 0 1 2 3
    assert [
        (row["item_id"], row["position"], row["collapsed"])
        for row in found["sequence"]["rows"]
    ] == [(2, 0, None), (2, None, "a repeat"), (3, 1, None), (2, 2, None)]
    assert [
        (row["position"], row["skipped"], row["prefix"], row["label"])
        for row in found["pairs"]["rows"]
    ] == [
        (0, "first item", None, None),
        (1, "tie", None, None),
        (2, None, [2, 3], 2),
    ]


def test_a_pinned_split_names_its_file(letters: Workspace) -> None:
    found = facts(letters, "user", STUDENT)["split"]
    splits = letters.root / "splits.csv"
    assert found["summary"] == f"In val, by split_method pinned: as {splits} says."
    assert [(row["split"], row["n_users"]) for row in found["rows"]] == [("val", 5)]


def test_what_cannot_be_seen_is_escaped(letters: Workspace) -> None:
    text = printed(letters, "user", RED)
    assert text.startswith("User \\x1b[31mred\\nline of sample\n")
    assert "\x1b" not in text


def test_an_id_may_begin_with_a_dash(letters: Workspace) -> None:
    assert printed(letters, "user", "--", DASHED).startswith("User -x of sample\n")


def test_a_table_is_cut_after_twenty_rows_unless_all_are_asked_for(
    letters: Workspace,
) -> None:
    text = printed(letters, "user", LONG)
    # 25 events, 25 items of a sequence, 25 positions; 11 episodes of 3 pairs
    assert text.count("    … and 5 more; --all prints all\n") == 3
    assert text.count("    … and 13 more; --all prints all\n") == 1
    assert "A prefix is the last 2 items before the label." in text
    assert "1970-01-01 00:19:00" in text
    assert "1970-01-01 00:20:00" not in text
    whole = printed(letters, "user", LONG, "--all")
    assert "more" not in whole.replace("more than", "")
    assert whole.count("1970-01-01 00:24:00") == 2
    found = facts(letters, "user", LONG)
    assert len(found["pairs"]["rows"]) == 25
    assert len(found["episodes"]["rows"]) == 33


def test_long_cells_are_wrapped_in_their_column(letters: Workspace) -> None:
    lines = printed(letters, "user", QUOTED).splitlines()
    (number,) = [n for n, line in enumerate(lines) if "missing item_id" in line]
    column = lines[number].index("missing")
    # the ids take so much that the last column has its least, 20 characters
    assert [line[column:] for line in lines[number : number + 3]] == [
        "missing item_id;",
        "unreadable",
        "created_at",
    ]
    assert not "".join(line[:column] for line in lines[number + 1 : number + 3]).strip()


def test_a_course_of_nobody_eligible_is_reported(letters: Workspace) -> None:
    assert printed(letters, "course", "only").endswith(
        "Vocabulary\n  Not in the vocabulary: none of its users is eligible.\n"
    )


def test_repeats_that_are_kept_have_positions_of_their_own() -> None:
    """Without deduplicate_consecutive a row given twice is two items."""
    with duckdb.connect() as connection:
        connection.execute(
            "create table int_user_events as select 7 as user_id, * from (values"
            " (1, null, 2, timestamp '1970-01-01 00:00:05'),"
            " (2, 0, 2, timestamp '1970-01-01 00:00:05'))"
            " as t (event_number, gap_us, item_id, ts)"
        )
        connection.execute(
            "create table int_sequence_items as select 7 as user_id, *"
            " from (values (0, 1), (1, 2)) as t (position, event_number)"
        )
        found = rows(connection, query("sequence"), 7)
    assert [(row["event_number"], row["position"]) for row in found] == [(1, 0), (2, 1)]


# What is left out or cut


def step(text: str, title: str) -> list[str]:
    """The lines of a step, without its title."""
    (found,) = [
        part.split("\n")[1:] for part in text.split("\n\n") if part.startswith(title)
    ]
    return [line.strip() for line in found if line.strip()]


def test_events_that_settings_leave_out_are_listed(workspace: Workspace) -> None:
    """Of the README's learner's events the last is too late."""
    events = workspace.root / "events.csv"
    events.write_text(TINY)
    workspace.build(
        raw_events=str(events),
        **{**TINY_SETTINGS, "episode_k": 1, "episode_q": 1},
        time_until="1970-01-01 10:20:00",
    )
    said, *table = step(printed(workspace, "user", "7"), "Left out")
    assert said.startswith("1 event left out: those at or after 1970-01-01 10:20:00")
    # the sentence takes two lines
    assert len(table) == 3
    assert table[2].split() == ["1970-01-01", "10:20:00", "20", "time"]


def test_events_of_courses_with_too_few_users_are_listed(workspace: Workspace) -> None:
    """Only course 20 has both users; of the other's own nothing is listed."""
    events = workspace.root / "events.csv"
    events.write_text(f"{TINY}8,99,100,1970-01-01 09:05:00,10\n")
    settings = {"min_interactions": 1, "episode_k": 1, "episode_q": 1}
    workspace.build(
        raw_events=str(events), **TINY_SETTINGS | settings, min_item_users=2
    )
    _, *table = step(printed(workspace, "user", "7"), "Left out")
    assert [line.split() for line in table if line.startswith("1970")] == [
        ["1970-01-01", "09:00:00", "510", "course"],
        ["1970-01-01", "09:10:00", "510", "course"],
        ["1970-01-01", "10:10:01", "30", "course"],
        ["1970-01-01", "10:10:01", "40", "course"],
    ]


# two events a user, a day apart; user 1 has a third on the day of user 4's first, and a
# fourth
NEW_USERS = """user_id,item_id,created_at
1,10,2020-01-01
1,11,2020-01-02
1,12,2020-01-07
1,10,2020-01-09
2,10,2020-01-03
2,11,2020-01-04
3,10,2020-01-05
3,11,2020-01-06
4,10,2020-01-07
4,11,2020-01-08
"""


def test_events_that_new_users_cut_are_listed(workspace: Workspace) -> None:
    """Of 4 users 2 are train, 1 val: T_val is user 3's first event, T_test user 4's."""
    events = workspace.root / "events.csv"
    events.write_text(NEW_USERS)
    workspace.build(
        raw_events=str(events),
        columns={"watch_percentage": None, "rating": None},
        episode_k=1,
        episode_q=1,
        split_method="new_users",
        split_ratios=[0.5, 0.25, 0.25],
    )
    said, *table = step(printed(workspace, "user", "1"), "Cut")
    assert said.startswith(
        "2 events cut: train ends where val begins, at T_val = 2020-01-05"
    )
    assert len(table) == 3
    assert table[1].startswith("2020-01-07 00:00:00")
    assert table[2].startswith("2020-01-09 00:00:00")
    names = ("split", "n_users", "first_begins", "last_begins")
    assert [
        [str(row[name])[:10] for name in names]
        for row in facts(workspace, "user", "1")["split"]["rows"]
    ] == [
        ["train", "2", "2020-01-01", "2020-01-03"],
        ["val", "1", "2020-01-05", "2020-01-05"],
        ["test", "1", "2020-01-07", "2020-01-07"],
    ]
    assert step(printed(workspace, "user", "4"), "Cut")[0] == (
        "0 events cut: users of test keep all events; no split begins after it."
    )
    assert step(printed(workspace, "user", "3"), "Cut")[0].startswith(
        "0 events cut: val ends where test begins, at T_test = 2020-01-07"
    )


# What cannot be explained


def test_an_unknown_user_is_reported_with_ids_that_are_near(
    tiny: Workspace, letters: Workspace
) -> None:
    assert refused(tiny, "user", "77") == (
        "explain: user '77': not among the 2 users of sample; the nearest ids are 7, 8"
    )
    # six users have events, the one of rejected rows has none
    assert refused(letters, "user", "lon").startswith(
        "explain: user 'lon': not among the 6 users of sample; the nearest ids are long"
    )
    assert refused(tiny, "course", "511").startswith(
        "explain: course '511': not among the 4 courses of sample; "
        "the nearest ids are 510, "
    )


def test_nearest_is_the_same_but_for_case_and_blanks_then_what_begins_so(
    workspace: Workspace,
) -> None:
    ids = ("course-v1:edX+DemoX+2014_T1", "course-v1:edY+Demo", "Anna", "ann", "zoe")
    events = workspace.root / "events.csv"
    header = "user_id,item_id,created_at"
    rows = [f"{own},{own},2018-01-0{day}" for own in ids for day in (1, 2, 3)]
    events.write_text("\n".join([header, *rows]) + "\n")
    workspace.build(
        raw_events=str(events),
        columns={"watch_percentage": None, "rating": None},
        user_id_type="varchar",
        item_id_type="varchar",
        min_interactions=1,
    )
    for kind in ("user", "course"):
        for text, nearest in (
            # capitals cost by spelling alone: ann would be as near as Anna
            ("ANNA", "Anna, ann, zoe"),
            (" anna ", "Anna, ann, zoe"),
            ("course-v1:edX", "course-v1:edX+DemoX+2014_T1, course-v1:edY+Demo, "),
            ("xoe", "zoe, ann, Anna"),
        ):
            line = refused(workspace, kind, text)
            assert f"the nearest ids are {nearest}" in line


@pytest.mark.parametrize(
    "text", ["x", "", "7.0", "1e3", "7; drop", str(2**63), "\u0667"]
)
def test_what_is_no_whole_number_is_no_bigint_id(tiny: Workspace, text: str) -> None:
    assert refused(tiny, "user", text) == (
        f"explain: user '{text}': sample was built with user_id_type bigint; "
        "give a whole number below 2^63"
    )


def test_a_database_or_data_set_that_is_not_there_is_reported(
    tiny: Workspace, workspace: Workspace
) -> None:
    assert "no such database; run dbt build first" in refused(workspace, "user", "7")
    assert "nope: not in " in refused(tiny, "user", "7", "--dataset=nope")


def test_a_build_that_ended_early_is_reported(workspace: Workspace) -> None:
    workspace.build("run", "--select", "+base_events", **TINY_SETTINGS)
    assert refused(workspace, "user", "7").startswith("explain: sample: not built: ")


def test_a_build_not_fit_to_publish_is_reported_with_a_warning(
    tiny: Workspace, workspace: Workspace
) -> None:
    shutil.copy(tiny.database, workspace.database)
    with duckdb.connect(str(workspace.database)) as connection:
        connection.execute("update sample.build_record set results = null")
    done = run(workspace, "user", "7")
    assert (done.returncode, done.stdout) == (0, SEVEN)
    (line,) = done.stderr.splitlines()
    assert line.startswith("explain: warning: sample: the build was interrupted; run ")


def test_wrong_usage(tiny: Workspace) -> None:
    for wrong in (["7"], ["item", "7"], ["user"], ["user", "7", "--raw"]):
        done = run(tiny, *wrong)
        assert done.returncode == 2
        assert done.stderr.endswith("; --help has the options\n")


def test_a_reader_that_stops_early_sees_no_traceback(letters: Workspace) -> None:
    with subprocess.Popen(
        command(letters, "user", LONG),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0


def test_a_terminal_without_the_letters_gets_them_escaped(letters: Workspace) -> None:
    done = run(letters, "user", STUDENT, PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("User \\u5b66\\u751f of sample\n")


def holds(process: subprocess.Popen[str], path: Path) -> bool:
    """Whether a process has a file open."""
    return any(fd.resolve() == path for fd in Path(f"/proc/{process.pid}/fd").iterdir())


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
def test_it_can_be_interrupted(tiny: Workspace, workspace: Workspace) -> None:
    shutil.copy(tiny.database, workspace.database)
    with duckdb.connect(str(workspace.database)) as connection:
        connection.execute("drop table sample.int_users")
        connection.execute(
            "create view sample.int_users as select sum(range % 7) as user_id,"
            " 1 as n_events, true as is_eligible from range(1_000_000_000_000)"
        )
    with subprocess.Popen(
        command(workspace, "user", "7"),
        preexec_fn=heed_interrupts,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        while process.poll() is None and not holds(process, workspace.database):
            time.sleep(0.01)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        assert process.stderr.read() == ""
    # a shell calls it 130
    assert process.returncode == -signal.SIGINT
