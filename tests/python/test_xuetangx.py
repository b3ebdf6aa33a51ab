"""XuetangX's raw JSON becomes events that build."""

import gzip
import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from conftest import PROJECT, Workspace

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


def test_only_the_actions_to_keep_are_kept_and_all_are_counted(tmp_path: Path) -> None:
    raw = write(tmp_path / "raw.json", RAW)
    keep = ("load_video", "problem_check")
    done = convert(tmp_path / "events.parquet", raw, raw, keep=keep)
    assert done.returncode == 0, done.stderr
    actions = pq.read_table(tmp_path / "events.parquet")["action"].to_pylist()
    assert actions == ["load_video", "load_video", "problem_check"] * 2
    told = [line.split(maxsplit=2) for line in done.stdout.splitlines()[:3]]
    assert told == [
        ["load_video", "4", "kept"],
        ["play_video", "2", "left out"],
        ["problem_check", "2", "kept"],
    ]


TIME = "2016-05-01T10:00:00"
WRONG = {
    "no list of courses": ({"a": 1}, "start_map where none belongs"),
    "a course without a name": ([[{"7": {"s": [["a", TIME]]}}]], "no course before"),
    "users in a list": ([["c", [["7", []]]]], "start_array where none belongs"),
    "a number for an action": ([["c", {"7": {"s": [[1, TIME]]}}]], "number 1 where"),
    "an action without a time": (
        [["c", {"7": {"s": [["a"]]}}]],
        "is no [action, time]",
    ),
    "no time": ([["c", {"7": {"s": [["a", "noon"]]}}]], "user '7' of course 'c'"),
    "no user": ([["c", {"x": {"s": [["a", TIME]]}}]], "user 'x' of course 'c'"),
}


@pytest.mark.parametrize("case", WRONG)
def test_another_shape_is_told_in_one_line_and_nothing_is_written(
    case: str, tmp_path: Path
) -> None:
    document, told = WRONG[case]
    done = convert(tmp_path / "events.parquet", write(tmp_path / "raw.json", document))
    assert done.returncode == 1
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["raw.json"]


def test_a_broken_or_absent_file_and_an_unknown_action_are_told(tmp_path: Path) -> None:
    raw = write(tmp_path / "raw.json", RAW)
    broken = tmp_path / "broken.json.gz"
    broken.write_bytes(write(tmp_path / "whole.json.gz", RAW).read_bytes()[:-20])
    cut = tmp_path / "cut.json"
    cut.write_bytes(raw.read_bytes()[:-5])
    target = tmp_path / "events.parquet"
    for sources, keep, told in (
        ([broken], (), "broken.json.gz: "),
        ([raw, cut], (), "cut.json: "),
        ([tmp_path / "none.json"], (), "none.json: No such file"),
        ([raw], ("load_vdeo",), "no action load_vdeo; there are load_video, play_"),
    ):
        done = convert(target, *sources, keep=keep)
        assert done.returncode == 1
        assert told in done.stderr, done.stderr
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
