"""Every value of every artifact equals the plain-Python reference."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

import reference
from conftest import REAL_MARS, SAMPLE, Workspace, needs_real_mars
from mooc_episodes.verify.checks import verify

SPLITS = ("train", "val", "test")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# ties, repeats, revisits, exact gaps, rejected rows, one time in many forms
TRICKY = """user_id,item_id,watch_percentage,created_at,rating
b,ü,1,2018-09-28 16:18:29,1
b,ü,1,2018-09-28 16:18:29,1
b,Z,2,2018-09-28T16:18:29Z,2.5
b,a,bad,2018-09-28 18:48:29+02:00,
b,a,3,2018-09-28 16:48:30.75,4
b,Z,4,1538153310999,5
b,ü,5,2018-09-28 17:18:31,6
b,ü,,2018-09-28 17:18:32,7
b,a,-0.0,2018-09-28 17:18:32,8
B,a,0,1969-12-31 23:59:58.5,1
B,b,0,1969-12-31 23:59:59.5,1
B,a,0,1969-12-31T23:59:59.75z,1
B,b,0,1970-01-01,1
B,c,0,1970/01/01 00:00:01 UTC,1
B,a,0,1970-01-01 00:30:01,1
"x,""y'",a,0,2018-09-28 10:00:00,1
"x,""y'",b,0,2018-09-28 10:00:01,1
"x,""y'",a,0,2018-09-28 10:00:02,1
"x,""y'",b,0,2018-09-28 10:00:03,1
"x,""y'",c,0,2018-09-28 10:00:04,1
"x,""y'",d,0,2018-09-28 11:00:04,1
few,a,0,2018-09-28 10:00:00,1
,a,0,2018-09-28 10:00:00,1
b,,0,2018-09-28 10:00:00,1
b,a,0,28.9.2018,1
 ,,nan,,x
"""
STRING_IDS = {"user_id_type": "varchar", "item_id_type": "varchar"}
LENIENT = {"max_rejected_fraction": 0.5, "implausible_times": "allow"}


def rows(path: Path) -> list[dict[str, Any]]:
    return pq.read_table(path).to_pylist()


def as_text(row: dict[str, Any]) -> str:
    return json.dumps(row, sort_keys=True)


# What the reference knows of a pair and no file has
INTERNAL = {"split", "label_ts", "n_known"}


def without(names: set[str], found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: row[name] for name in row if name not in names} for row in found]


def pairs_of(found: list[dict[str, Any]], split: str) -> list[dict[str, Any]]:
    return without(INTERNAL, [row for row in found if row["split"] == split])


def with_instants(events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {name: event[name] for name in event if name != "split"}
        | {"ts": EPOCH + timedelta(microseconds=event["ts"])}
        for event in events
    ]


def items_of(expected: reference.Result) -> list[dict[str, Any]]:
    """DESIGN §4: when an item was first seen, and what train has of it."""
    items = []
    for course, item in expected.vocab.items():
        events = [event for event in expected.events if event["item_id"] == item]
        of_train = [
            event["user_id"]
            for event in events
            if expected.splits[event["user_id"]] == "train"
        ]
        items.append(
            {
                "item_id": item,
                "course_id": course,
                "first_ts_epoch": min((e["ts_epoch"] for e in events), default=None),
                "n_train_users": len({*of_train}),
                "n_train_events": len(of_train),
            }
        )
    return items


def pinned_courses(
    pinned_vocab: str, item_id_type: str = "bigint", **_: Any
) -> dict[reference.Id, int]:
    """A published vocabulary, with courses of their type."""
    published = json.loads(Path(pinned_vocab).read_text())
    read = int if item_id_type == "bigint" else str
    return {read(course): item for course, item in published.items()}


def assert_equal_to_reference(
    workspace: Workspace, path: Path, **settings: Any
) -> reference.Result:
    workspace.build(raw_events=str(path), **settings)
    workspace.publish()
    folder = workspace.processed / "sample"
    names = reference.Settings.__dataclass_fields__
    chosen = {name: settings[name] for name in settings if name in names}
    if "pinned_vocab" in chosen:
        chosen["pinned_vocab"] = pinned_courses(**chosen)
    expected = reference.compute(
        reference.read_rows(path), reference.Settings(**chosen)
    )
    k, q = settings.get("episode_k", 2), settings.get("episode_q", 3)
    assert_published(folder, expected, k, q)
    return expected


def assert_published(folder: Path, expected: reference.Result, k: int, q: int) -> None:
    """Every value of every artifact of a folder is the reference's."""
    assert json.loads((folder / "vocab/course2id.json").read_text()) == {
        str(course): item for course, item in expected.vocab.items()
    }
    assert json.loads((folder / "vocab/id2course.json").read_text()) == {
        str(item): str(course) for course, item in expected.vocab.items()
    }
    assert rows(folder / "vocab/items.parquet") == items_of(expected)
    assert rows(folder / "sessions/sessions.parquet") == expected.sessions
    events = rows(folder / "sessions/events_sessionized.parquet")
    assert events == with_instants(expected.events)
    for name in ("watch_percentage", "rating"):
        # 0.0 and -0.0 are equal, and other bytes
        assert [repr(event[name]) for event in events] == [
            repr(event[name]) for event in expected.events
        ]
    rejected = rows(folder / "quality/rejected_events.parquet")
    assert sorted(map(as_text, rejected)) == sorted(
        as_text({**row, "reason": reason}) for row, reason in expected.rejected
    )
    for split in SPLITS:
        splits = json.loads((folder / f"user_splits/users_{split}.json").read_text())
        of_split = [user for user in expected.splits if expected.splits[user] == split]
        assert splits == {"users": sorted(of_split)}
        pairs = rows(folder / f"pairs/pairs_{split}.parquet")
        assert pairs == pairs_of(expected.pairs, split)
        episodes = rows(folder / f"episodes/episodes_{split}_K{k}_Q{q}.parquet")
        assert episodes == expected.episodes[split]


@needs_real_mars
def test_the_real_file(workspace: Workspace) -> None:
    expected = assert_equal_to_reference(workspace, REAL_MARS)
    assert len(expected.pairs) == 2396


def test_the_sample(workspace: Workspace) -> None:
    expected = assert_equal_to_reference(workspace, SAMPLE)
    assert all(expected.episodes[split] for split in SPLITS)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {
            "deduplicate_consecutive": False,
            "episode_k": 1,
            "episode_q": 1,
            "vocab_order": "shuffled",
        },
        {"split_method": "stable", "session_gap_seconds": 0, "max_prefix_len": 2},
        {"split_ratios": [0, 0.5, 0.5], "split_seed": 1, "min_interactions": 1},
        {"split_method": "new_users", "split_ratios": [0.34, 0.33, 0.33]},
        {
            "split_method": "new_users",
            "split_times": ["2018-09-28 10:00:00", "2018-09-28 16:00"],
            "min_item_users": 2,
        },
        {"time_from": "1970-01-01", "time_until": "2018-09-28 17:18:32"},
        {"vocab_order": "shuffled", "split_seed": 1, "split_method": "stable"},
    ],
    ids=str,
)
def test_a_tricky_log_under_many_settings(
    workspace: Workspace, settings: dict[str, Any]
) -> None:
    log = workspace.root / "tricky.csv"
    log.write_text(TRICKY)
    expected = assert_equal_to_reference(
        workspace, log, **STRING_IDS, **LENIENT, **settings
    )
    assert len(expected.rejected) == 4
    assert expected.pairs


@pytest.mark.parametrize("order", ["course", "shuffled"])
def test_a_published_vocabulary_is_extended(order: str, workspace: Workspace) -> None:
    log = workspace.root / "tricky.csv"
    log.write_text(TRICKY)
    published = workspace.root / "course2id.json"
    published.write_text(json.dumps({"ü": 1, "gone": 0, "b": 2}))
    expected = assert_equal_to_reference(
        workspace,
        log,
        pinned_vocab=str(published),
        vocab_order=order,
        **STRING_IDS,
        **LENIENT,
    )
    assert [*expected.vocab][:3] == ["gone", "ü", "b"]
    folder = workspace.processed / "sample"
    # DESIGN, section 4: no machine's path in a folder
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["settings"]["pinned_vocab"] == "course2id.json"
    assert str(workspace.root) not in (folder / "manifest.json").read_text()
    assert verify(folder)[1] == []


def test_extending_a_vocabulary_by_itself_changes_nothing(workspace: Workspace) -> None:
    log = workspace.root / "tricky.csv"
    log.write_text(TRICKY)
    settings = {"raw_events": str(log), **STRING_IDS, **LENIENT}
    workspace.build("run", **settings, vocab_order="shuffled")
    workspace.publish()
    published = workspace.processed / "sample" / "vocab" / "course2id.json"
    before = published.read_bytes()
    workspace.build("run", **settings, pinned_vocab=str(published))
    workspace.publish()
    assert published.read_bytes() == before


def test_a_user_with_more_than_9999_sessions(workspace: Workspace) -> None:
    log = workspace.root / "sessions.csv"
    events = (f"7,{number % 2},{number * 10}" for number in range(10_001))
    log.write_text("\n".join(["user_id,item_id,created_at", *events]))
    expected = assert_equal_to_reference(
        workspace,
        log,
        columns={"watch_percentage": None, "rating": None},
        time_format="s",
        implausible_times="allow",
        session_gap_seconds=9,
        max_prefix_len=1,
    )
    last = expected.sessions[-1]["session_id"]
    assert (expected.sessions[8]["session_id"], last) == ("7_0009", "7_10001")


def test_pinned_splits_are_taken_from_the_file(workspace: Workspace) -> None:
    log = workspace.root / "tricky.csv"
    log.write_text(TRICKY)
    splits = workspace.root / "splits.csv"
    splits.write_text('user_id,split\nb,test\nB,val\n"x,""y\'",test\nunknown,train\n')
    workspace.build(
        raw_events=str(log),
        split_method="pinned",
        pinned_splits=str(splits),
        **STRING_IDS,
        **LENIENT,
    )
    workspace.publish()
    folder = workspace.processed / "sample" / "user_splits"
    assert json.loads((folder / "users_train.json").read_text()) == {"users": []}
    assert json.loads((folder / "users_val.json").read_text()) == {"users": ["B"]}
    assert json.loads((folder / "users_test.json").read_text()) == {
        "users": ["b", "x,\"y'"]
    }
