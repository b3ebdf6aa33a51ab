"""XuetangX's raw JSON becomes events that build."""

import gzip
import json
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from conftest import PROJECT, Workspace
from mooc_episodes.base.errors import UserError
from mooc_episodes.fetch import xuetangx

RAW: list[Any] = [
    [
        "course-v1:B+1",
        {
            "7": {
                "s1": [
                    ["load_video", "2016-05-01T10:00:00"],
                    ["play_video", "2016-05-01T10:00:05"],
                ],
                "s2": [["load_video", "2016-05-02T10:00:00"]],
            },
            "12": {},
        },
    ],
    ["course-v1:Ä+2", {"7": {"s1": [["problem_check", "2016-05-01T11:00:00"]]}}],
]

TIME = "2016-05-01T10:00:00"
USERS = {"7": {"s": [["a", TIME]]}}


def convert(target: Path, *sources: Path, keep: tuple[str, ...] = ()) -> Any:
    options = [f"--keep={action}" for action in keep]
    return subprocess.run(
        [
            sys.executable,
            str(PROJECT / "scripts" / "xuetangx.py"),
            *options,
            str(target),
            *map(str, sources),
        ],
        capture_output=True,
        text=True,
        check=False,
    )


def write(path: Path, document: Any) -> Path:
    text = json.dumps(document, ensure_ascii=False).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)
    return path


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize("name", ["raw.json", "raw.json.gz"])
def test_every_action_becomes_a_row_in_order(name: str, tmp_path: Path) -> None:
    done = convert(tmp_path / "new" / "events.parquet", write(tmp_path / name, RAW))
    assert done.returncode == 0, done.stderr
    rows = pq.read_table(tmp_path / "new" / "events.parquet").to_pylist()
    assert [tuple(row.values()) for row in rows] == [
        (7, "course-v1:B+1", at("2016-05-01T10:00:00"), "load_video"),
        (7, "course-v1:B+1", at("2016-05-01T10:00:05"), "play_video"),
        (7, "course-v1:B+1", at("2016-05-02T10:00:00"), "load_video"),
        (7, "course-v1:Ä+2", at("2016-05-01T11:00:00"), "problem_check"),
    ]


def test_the_largest_user_and_leading_zeros_are_read(tmp_path: Path) -> None:
    users = {str(2**63 - 1): USERS["7"], f"{7:050}": USERS["7"]}
    done = convert(tmp_path / "e.parquet", write(tmp_path / "raw.json", [["c", users]]))
    assert done.returncode == 0, done.stderr
    assert pq.read_table(tmp_path / "e.parquet")["user_id"].to_pylist() == [
        2**63 - 1,
        7,
    ]


def test_a_user_or_session_that_comes_twice_loses_nothing(tmp_path: Path) -> None:
    raw = tmp_path / "raw.json"
    sessions = f'{{"s": [["a", "{TIME}"]], "s": [["b", "{TIME}"]]}}'
    raw.write_text(f'[["c", {{"7": {sessions}, "7": {sessions}}}]]')
    done = convert(tmp_path / "e.parquet", raw)
    assert done.returncode == 0, done.stderr
    actions = pq.read_table(tmp_path / "e.parquet")["action"].to_pylist()
    assert actions == ["a", "b", "a", "b"]


def test_only_the_actions_to_keep_are_kept_and_all_are_counted(tmp_path: Path) -> None:
    raw = write(tmp_path / "raw.json", RAW)
    keep = ("load_video", "problem_check")
    done = convert(tmp_path / "events.parquet", raw, raw, keep=keep)
    assert done.returncode == 0, done.stderr
    actions = pq.read_table(tmp_path / "events.parquet")["action"].to_pylist()
    assert actions == ["load_video", "load_video", "problem_check"] * 2
    message = [line.split(maxsplit=2) for line in done.stdout.splitlines()[:3]]
    assert message == [
        ["load_video", "4", "kept"],
        ["play_video", "2", "left out"],
        ["problem_check", "2", "kept"],
    ]


WRONG = {
    "no list of courses": ({"a": 1}, "not a list of courses"),
    "no list, with a key as ijson names entries": ({"item": RAW[0]}, "not a list of"),
    "a course without a name": ([[USERS]], "not [course, users], at 0"),
    "a course with an empty name": ([["", USERS]], "not [course, users], at 0"),
    "a course with two names": ([["x", "y", USERS]], "not [course, users], at 0"),
    "a second course in the array": (
        [["c", USERS, "d", USERS]],
        "not [course, users], at 0",
    ),
    "users twice": ([["c", USERS, USERS]], "not [course, users], at 0"),
    "a course without users": ([["c", USERS], ["d"]], "not [course, users], at 1"),
    "an empty course": ([[]], "not [course, users], at 0"),
    "users in a list": ([["c", [["7", []]]]], "not [course, users], at 0"),
    "a course that is an object": (
        [{"c": USERS, "d": USERS}],
        "not [course, users], at 0",
    ),
    "sessions in a list": (
        [["c", {"7": [["a", TIME]]}]],
        "is not an object of sessions, user '7' of course 'c'",
    ),
    "actions in an object": (
        [["c", {"7": {"s": {"a": TIME}}}]],
        "is not a list of actions, user '7' of course 'c'",
    ),
    "a number for an action": (
        [["c", {"7": {"s": [[1, TIME]]}}]],
        f"[1, '{TIME}'] is not [action, time], user '7' of course 'c'",
    ),
    "an action without a time": (
        [["c", {"7": {"s": [["a"]]}}]],
        "['a'] is not [action, time], user '7' of course 'c'",
    ),
    "an action in an object": (
        [["c", {"7": {"s": [{"a": TIME}]}}]],
        "is not [action, time], user '7' of course 'c'",
    ),
}
WRONG |= {
    f"the time {time!r}": ([["c", {"7": {"s": [["a", time]]}}]], "user '7' of course")
    for time in (
        "noon",
        "2016-05-01",
        "2016-05-01 10:00:00",
        "2016-05-01T10:00",
        "2016-05-01T10:00+01",
        "2016-W05-1T10:00:00",
        "2016-05-01T10:00:00Z",
        "2016-05-01T10:00:00+00:00",
        "2016-05-01T10:00:00.5",
        "2016-05-01T10:00:00\n",
        "2016-02-30T10:00:00",
        "٢016-05-01T10:00:00",
    )
}
WRONG |= {
    f"the user {user[:20]!r}": ([["c", {user: {}}]], "is not a whole number of int64")
    for user in ("x", "", "1_0", "-1", "+1", " 1", "1.0", "1\n", str(2**63), "9" * 5000)
}


@pytest.mark.parametrize("case", WRONG)
def test_another_shape_is_reported_in_one_line_and_nothing_is_written(
    case: str, tmp_path: Path
) -> None:
    document, message = WRONG[case]
    raw = write(tmp_path / "raw.json", document)
    with pytest.raises(UserError, match=f"raw.json: .*{re.escape(message)}") as raised:
        xuetangx.convert([raw], tmp_path / "events.parquet", set())
    assert len(str(raised.value).splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["raw.json"]


def test_a_file_that_cannot_be_used_and_an_unknown_action_are_reported(
    tmp_path: Path,
) -> None:
    raw = write(tmp_path / "raw.json", RAW)
    broken = tmp_path / "broken.json.gz"
    broken.write_bytes(write(tmp_path / "whole.json.gz", RAW).read_bytes()[:-20])
    cut = tmp_path / "cut.json"
    cut.write_bytes(raw.read_bytes()[:-5])
    large = write(tmp_path / "large.json", [["c", {"9" * 20: USERS["7"]}]])
    target = tmp_path / "events.parquet"
    for sources, keep, message in (
        ([broken], (), "broken.json.gz: "),
        ([raw, cut], (), "cut.json: "),
        ([raw, large], (), f"large.json: '{'9' * 20}' is not a whole number"),
        ([tmp_path / "none.json"], (), "none.json: No such file"),
        ([raw], ("load_vdeo",), "no action load_vdeo; there are load_video, play_"),
    ):
        done = convert(target, *sources, keep=keep)
        assert done.returncode == 1
        assert message in done.stderr, done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert not target.exists()


def test_the_preset_builds_from_what_is_written(workspace: Workspace) -> None:
    sessions = {
        str(user): {
            f"s{day}": [
                [action, f"2016-05-{day:02}T10:{minute:02}:00"]
                for minute in range(3)
                for action in ("load_video", "play_video")
            ]
            for day in range(1, 8)
        }
        for user in range(1, 4)
    }
    raw = [[f"course-{number}", sessions] for number in range(3)]
    target = workspace.root / "events.parquet"
    assert convert(target, write(workspace.root / "raw.json", raw)).returncode == 0
    workspace.build("build", dataset="xuetangx", raw_events=str(target))
    workspace.publish("--layout=compact")
    vocab = workspace.processed / "xuetangx.compact/vocab/course2id.json"
    assert json.loads(vocab.read_text()) == {f"course-{n}": n for n in range(3)}
