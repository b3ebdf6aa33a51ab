"""What the export writes, records and refuses."""

import hashlib
import json
import os
import re
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import PROJECT, SAMPLE, TINY, TINY_SETTINGS, Workspace, hashes, sha256
from mooc_episodes import contract as artifacts
from mooc_episodes.base.errors import UserError
from mooc_episodes.publish import parquet as writing
from mooc_episodes.publish.export import new_run
from mooc_episodes.warehouse import build_record

INT64 = pa.int64()
TEXT = pa.string()
LIST = pa.list_(INT64)
LISTS = pa.list_(LIST)
REAL = pa.float64()

# DESIGN, section 4; K = 1, Q = 2
SCHEMAS = {
    "sessions/sessions.parquet": {
        "session_id": TEXT,
        "user_id": INT64,
        "course_id": INT64,
        "start_ts": INT64,
        "end_ts": INT64,
        "n_events": INT64,
        "duration_sec": INT64,
    },
    "sessions/events_sessionized.parquet": {
        "user_id": INT64,
        "course_id": INT64,
        "session_id": TEXT,
        "ts": pa.timestamp("us", tz="UTC"),
        "ts_epoch": INT64,
        "pos_in_sess": INT64,
        "sess_len": INT64,
        "item_id": INT64,
        "watch_percentage": REAL,
        "rating": REAL,
    },
    "quality/rejected_events.parquet": {
        "user_id": TEXT,
        "item_id": TEXT,
        "created_at": TEXT,
        "watch_percentage": TEXT,
        "rating": TEXT,
        "reason": TEXT,
    },
}
SCHEMAS["vocab/items.parquet"] = {
    "item_id": INT64,
    "course_id": INT64,
    "first_ts_epoch": INT64,
    "n_train_users": INT64,
    "n_train_events": INT64,
}
SCHEMAS["sequences/sequences.parquet"] = {
    "user_id": INT64,
    "items": LIST,
    "ts_epochs": LIST,
    "ts_micros": LIST,
}
for _split in ("train", "val", "test"):
    SCHEMAS[f"pairs/pairs_{_split}.parquet"] = {
        "pair_id": INT64,
        "user_id": INT64,
        "prefix": LIST,
        "label": INT64,
        "label_ts_epoch": INT64,
        "prefix_len": INT64,
    }
    SCHEMAS[f"pairs/pair_offsets_{_split}.parquet"] = {
        "pair_id": INT64,
        "user_id": INT64,
        "prefix_start": INT64,
        "prefix_end": INT64,
        "label_position": INT64,
    }
    SCHEMAS[f"episodes/episode_offsets_{_split}_K1_Q2.parquet"] = {
        "episode_id": INT64,
        "user_id": INT64,
        "support_prefix_starts": LIST,
        "support_label_positions": LIST,
        "query_prefix_starts": LIST,
        "query_label_positions": LIST,
        "window": INT64,
    }
    SCHEMAS[f"episodes/episodes_{_split}_K1_Q2.parquet"] = {
        "episode_id": INT64,
        "user_id": INT64,
        "support_prefixes": LISTS,
        "support_labels": LIST,
        "query_prefixes": LISTS,
        "query_labels": LIST,
        "n_support": INT64,
        "n_query": INT64,
        "window": INT64,
        "n_known": INT64,
        "support_label_ts": LIST,
        "query_label_ts": LIST,
    }
JSON_FILES = {
    "vocab/course2id.json",
    "vocab/id2course.json",
    "user_splits/users_train.json",
    "user_splits/users_val.json",
    "user_splits/users_test.json",
}
MAY_BE_NULL = {"watch_percentage", "rating", "first_ts_epoch"}


def plain(kind: pa.DataType) -> pa.DataType:
    """The type with the nullability of list elements left out."""
    return pa.list_(plain(kind.value_type)) if pa.types.is_list(kind) else kind


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def test_the_folder_holds_what_the_contract_lists(tiny: Workspace) -> None:
    folder = tiny.processed / "sample"
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*.*")}
    assert files == {
        *SCHEMAS,
        *JSON_FILES,
        "README.md",
        "croissant.json",
        "manifest.json",
    }


@pytest.mark.parametrize("name", SCHEMAS)
def test_schema_and_compression_are_the_contract_s(name: str, tiny: Workspace) -> None:
    path = tiny.processed / "sample" / name
    schema = pq.read_schema(path)
    assert {field.name: plain(field.type) for field in schema} == SCHEMAS[name]
    if pq.read_metadata(path).num_rows:
        column = pq.read_metadata(path).row_group(0).column(0)
        assert column.compression == "ZSTD"


def test_the_tiny_learner_comes_out_as_the_readme_says(tiny: Workspace) -> None:
    folder = tiny.processed / "sample"
    split = next(
        split
        for split in ("train", "val", "test")
        if read_json(folder / f"user_splits/users_{split}.json")["users"] == [7]
    )
    assert read_json(folder / "vocab/course2id.json") == {
        "20": 0,
        "30": 1,
        "40": 2,
        "510": 3,
    }
    sessions = pq.read_table(folder / "sessions/sessions.parquet").to_pylist()
    assert [(s["session_id"], s["course_id"], s["n_events"]) for s in sessions] == [
        ("7_0001", 510, 3),
        ("7_0002", 20, 3),
    ]
    pairs = pq.read_table(folder / f"pairs/pairs_{split}.parquet").to_pylist()
    assert [(pair["prefix"], pair["label"]) for pair in pairs] == [
        ([3], 0),
        ([3, 0], 1),
        ([3, 0, 1, 2], 0),
    ]
    (episode,) = pq.read_table(
        folder / f"episodes/episodes_{split}_K1_Q2.parquet"
    ).to_pylist()
    assert episode == {
        "episode_id": 0,
        "user_id": 7,
        "support_prefixes": [[3]],
        "support_labels": [0],
        "query_prefixes": [[3, 0], [3, 0, 1, 2]],
        "query_labels": [1, 0],
        "n_support": 1,
        "n_query": 2,
        "window": 0,
        "n_known": 1,
        # 09:40:00, then 10:10:01 and 10:20:00
        "support_label_ts": [34_800_000_000],
        "query_label_ts": [36_601_000_000, 37_200_000_000],
    }


def test_empty_splits_have_files_of_the_full_schema(tiny: Workspace) -> None:
    folder = tiny.processed / "sample"
    empty = [
        split
        for split in ("train", "val", "test")
        if read_json(folder / f"user_splits/users_{split}.json") == {"users": []}
    ]
    assert len(empty) == 2
    for split in empty:
        for name in (
            f"pairs/pair_offsets_{split}.parquet",
            f"pairs/pairs_{split}.parquet",
            f"episodes/episode_offsets_{split}_K1_Q2.parquet",
            f"episodes/episodes_{split}_K1_Q2.parquet",
        ):
            table = pq.read_table(folder / name)
            assert table.num_rows == 0
            assert {f.name: plain(f.type) for f in table.schema} == SCHEMAS[name]


def test_nullability_does_not_depend_on_the_data(tiny: Workspace) -> None:
    for name in SCHEMAS:
        for field in pq.read_schema(tiny.processed / "sample" / name):
            given = name == "quality/rejected_events.parquet" and field.name != "reason"
            assert field.nullable == (given or field.name in MAY_BE_NULL), field


def test_the_manifest_covers_every_artifact_with_its_true_hash(tiny: Workspace) -> None:
    run = read_json(tiny.registry)["runs"][-1]
    report = tiny.newest_report()
    manifest = read_json(report / "manifest.json")
    assert manifest["run_id"] == run["run_id"]
    assert manifest["tests"] == "passed"
    covered = {}
    for artifact in manifest["artifacts"]:
        assert not Path(artifact["path"]).is_absolute()
        path = PROJECT / artifact["path"]
        assert path.stat().st_size == artifact["bytes"]
        assert sha256(path) == artifact["sha256"]
        covered[path.resolve()] = artifact["rows"]
    folder = tiny.processed / "sample"
    published = {*SCHEMAS, *JSON_FILES, "README.md", "croissant.json"}
    expected = {(folder / name).resolve() for name in published}
    records = (
        *("config.json", "report.json", "report.html"),
        *("baselines.md", "baselines.tex", "baselines.csv"),
    )
    expected |= {(report / name).resolve() for name in records}
    assert set(covered) == expected
    for name in SCHEMAS:
        path = folder / name
        assert covered[path.resolve()] == pq.read_metadata(path).num_rows


def test_the_folder_s_own_manifest_lists_the_same_artifacts(tiny: Workspace) -> None:
    own = read_json(tiny.processed / "sample" / "manifest.json")
    run = read_json(tiny.newest_report() / "manifest.json")
    published = run["artifacts"][:-6]
    folder = run["root"] + "/"
    assert own["artifacts"] == [
        entry | {"path": entry["path"].removeprefix(folder)} for entry in published
    ]
    assert own["settings"] == run["settings"]


def test_a_second_export_writes_the_same_bytes(own_sample: Workspace) -> None:
    folder = own_sample.processed / "sample"
    own_sample.publish()
    first = hashes(folder)
    own_sample.publish()
    assert hashes(folder) == first


def test_the_report_has_the_notebook_s_metrics_and_the_input_s_facts(
    tiny: Workspace,
) -> None:
    report = read_json(tiny.newest_report() / "report.json")
    metrics = report["metrics"]
    split = next(s for s in ("train", "val", "test") if metrics[f"n_users_{s}"])
    expected = {
        "n_events": 6,
        "n_users": 1,
        "n_courses": 4,
        "n_sessions": 2,
        "n_items": 4,
        "n_pairs_total": 3,
        "episode_K": 1,
        "episode_Q": 2,
        "n_cells_filled": 4,
        "sparsity": 1 - 6 / 4,
        "empty_cell_share": 0,
        "min_interactions_per_user": 5,
        "n_users_with_episode": 1,
        "n_events_tied": 2,
        "n_events_tied_and_repeated": 0,
        "n_items_tied": 1,
        "n_labels_tied": 1,
        "events_tied_share": 2 / 6,
        "labels_tied_share": 1 / 3,
    }
    for name in ("train", "val", "test"):
        here = int(name == split)
        expected |= {
            f"n_users_{name}": here,
            f"n_pairs_{name}": 3 * here,
            f"n_episodes_{name}": here,
        }
    assert expected.items() <= metrics.items()
    raw = {"n_rows": 7, "n_rejected": 0, "n_events": 7, "n_users": 2, "n_courses": 4}
    assert raw.items() <= report["raw_data"].items()
    assert report["raw_data"]["sparsity"] == 1 - 7 / 8
    # user 8 has one of the four courses
    assert report["raw_data"]["empty_cell_share"] == 1 - 5 / 8
    # 7 rows, 7 events, 6 of user 7, 5 items, 4 not first, 3 not tied, 3 in an episode
    assert [step["rows_out"] for step in report["funnel"]] == [7, 7, 6, 5, 4, 3, 3]
    assert [step["users_out"] for step in report["funnel"]] == [2, 2, 1, 1, 1, 1, 1]
    events = report["distributions"]["events_per_user_raw"]
    assert events == {
        "n_values": 2,
        "minimum": 1,
        "median": 3.5,
        "p90": 5.5,
        "maximum": 6,
    }
    assert any(
        "1 of 1 users have an episode" in line for line in report["key_findings"]
    )
    assert report["key_findings"][-1].startswith("Ties, ")
    assert ("microsecond: 2 of 6 events (33.3%) and 1 of 3 labels (33.3%).") in report[
        "key_findings"
    ][-1]
    samples = report["sanity_samples"]
    assert [len(samples[name]) for name in sorted(samples)] == [
        int(split == "test"),
        3,
        3 * int(split == "train"),
    ]
    source = report["data_fingerprints"]["raw_events"]
    assert source["sha256"] == hashlib.sha256(TINY.encode()).hexdigest()
    assert source["bytes"] == len(TINY)
    assert source["hashed"] == "build"


def test_no_two_runs_have_one_tag(tmp_path: Path) -> None:
    # tags are of whole seconds, and this takes less than one
    for _ in range(5):
        tag = new_run("sample", tmp_path)["run_tag"]
        (tmp_path / tag).mkdir()


def test_the_samples_of_the_report_are_the_first_rows(workspace: Workspace) -> None:
    """User 1 is tied and has no pair, 2 to 5 have one each; 6 and 7 have an episode."""
    events = [(1, 10, 0), (1, 20, 0)]
    events += [(user, 10 * n, n) for user in (2, 3, 4, 5) for n in (1, 2)]
    events += [(user, 10 * n, n) for user in (6, 7) for n in (1, 2, 3)]
    rows = (f"{user},{item},1970-01-01 00:0{n}:00" for user, item, n in events)
    log, splits = workspace.root / "log.csv", workspace.root / "splits.csv"
    log.write_text("\n".join(["user_id,item_id,created_at", *rows, ""]))
    pinned = [f"{user},{'train' if user < 6 else 'test'}" for user in range(1, 8)]
    splits.write_text("\n".join(["user_id,split", *pinned, ""]))
    workspace.build(
        raw_events=str(log),
        columns={"watch_percentage": None, "rating": None},
        split_method="pinned",
        pinned_splits=str(splits),
        implausible_times="allow",
        episode_k=1,
        episode_q=1,
    )
    report = read_json(workspace.publish() / "report.json")
    samples = report["sanity_samples"]
    assert [row["user_id"] for row in samples["events_head3"]] == [1, 1, 2]
    assert [
        (row["pair_id"], row["user_id"], row["prefix"], row["label"])
        for row in samples["pairs_train_head3"]
    ] == [(0, 2, [0], 1), (1, 3, [0], 1), (2, 4, [0], 1)]
    (episode,) = samples["episodes_test_sample"]
    assert (episode["episode_id"], episode["user_id"]) == (0, 6)
    assert (episode["support_labels"], episode["query_labels"]) == ([1], [2])


def test_config_records_the_settings_of_the_build(tiny: Workspace) -> None:
    config = read_json(tiny.newest_report() / "config.json")
    assert config["settings"]["episode_k"] == 1
    assert config["settings"]["session_gap_seconds"] == 1800
    assert config["settings"]["split_ratios"] == [0.7, 0.15, 0.15]
    assert config["versions"]["engine"] == f"v{duckdb.__version__}"


def test_config_records_every_setting_that_is_not_the_default(
    workspace: Workspace,
) -> None:
    chosen = {
        "columns": {
            "user_id": "item_id",
            "item_id": "user_id",
            "created_at": "created_at",
            "watch_percentage": "rating",
            "rating": None,
        },
        "csv": {
            "delimiter": ",",
            "header": True,
            "quote": '"',
            "escape": "\\",
            "null_values": ["NA"],
        },
        "time_format": "%Y-%m-%d %H:%M:%S",
        "implausible_times": "allow",
        "licence": "CC0 1.0",
        "user_id_type": "varchar",
        "item_id_type": "varchar",
        "time_from": "1990-01-01",
        "time_until": "2100-01-01",
        "min_item_users": 2,
        "min_interactions": 1,
        "split_ratios": [0.2, 0.3, 0.5],
        "split_seed": 3,
        "split_method": "stable",
        "vocab_order": "shuffled",
        "deduplicate_consecutive": False,
        "session_gap_seconds": 5,
        "episode_k": 4,
        "episode_q": 7,
        "max_prefix_len": 2,
        "max_prefix_gib": 3,
        "max_user_prefix_gib": 2.5,
        "tested_pairs": 100,
        "evaluation_budget": 4,
        "max_rejected_fraction": 0.5,
    }
    workspace.build(raw_events=str(SAMPLE), **chosen)
    config = read_json(workspace.publish() / "config.json")
    expected = {
        "dataset": "sample",
        "raw_events": "seeds/sample_events.csv",
        # for numbers only
        "time_origin": "1970-01-01",
        "split_times": None,
        "pinned_splits": None,
        "pinned_vocab": None,
        "items": None,
        "layout": "full",
    }
    assert config["settings"] == chosen | expected


def test_tests_not_run_are_a_warning_and_recorded(workspace: Workspace) -> None:
    workspace.build("run", raw_events=str(SAMPLE))
    done = workspace.export()
    assert done.returncode == 0
    assert re.fullmatch(
        r"export: warning: \d+ tests did not run on this build; "
        r"run dbt test --vars '{\"raw_events\": \".*\"}' and export again\n",
        done.stderr,
    )
    manifest = read_json(workspace.newest_report() / "manifest.json")
    assert manifest["tests"] == "not run"


def test_tests_run_afterwards_count(own_sample: Workspace) -> None:
    own_sample.build("test")
    assert own_sample.export().stderr == ""
    assert read_json(own_sample.newest_report() / "manifest.json")["tests"] == "passed"


def assert_refused(workspace: Workspace, *message: str) -> None:
    done = workspace.export()
    assert done.returncode == 1, done.stdout
    (line,) = done.stderr.splitlines()
    for words in message:
        assert words in line
    assert not workspace.registry.exists()
    assert not (workspace.processed / "sample").exists()


def test_a_failed_model_is_refused_and_named(workspace: Workspace) -> None:
    assert not workspace.dbt(
        "run", raw_events=str(SAMPLE), min_interactions=1000
    ).success
    assert_refused(
        workspace,
        "the build failed: model int_users (error)",
        "dbt.log says why; correct that, then run dbt build",
        "again",
    )


def test_a_failed_test_is_refused_and_named(own_sample: Workspace) -> None:
    with duckdb.connect(str(own_sample.database)) as connection:
        connection.execute("update sample.user_splits set split = 'test'")
    done = own_sample.dbt("test", "--select", "no_user_in_two_splits")
    assert not done.success
    assert_refused(own_sample, "the build failed: test no_user_in_two_splits (fail)")


def test_a_killed_build_is_refused_as_interrupted(workspace: Workspace) -> None:
    dbt = workspace.dbt_process("build")
    for line in dbt.stdout:
        if "OK created sql table model sample.base_events" in line:
            dbt.send_signal(signal.SIGKILL)
            break
    dbt.communicate()
    assert_refused(workspace, "the build was interrupted; run dbt build again")


def test_a_part_built_under_other_settings_is_refused(own_sample: Workspace) -> None:
    own_sample.build("run", "--select", "episodes", episode_k=1)
    assert_refused(own_sample, "models have different settings")


def test_a_part_that_was_never_built_is_refused(workspace: Workspace) -> None:
    workspace.build("run", "--exclude", "episodes", raw_events=str(SAMPLE))
    assert_refused(workspace, "sample: not built: model episodes; run dbt build")


def test_an_input_changed_since_the_build_is_refused(workspace: Workspace) -> None:
    events = workspace.root / "events.csv"
    events.write_text(TINY)
    workspace.build("run", raw_events=str(events), **TINY_SETTINGS)
    events.write_text(TINY + "9,20,1,1970-01-01 09:00:00,1\n")
    assert_refused(workspace, "changed since sample was built from it")


def test_an_input_is_recorded_as_the_build_read_it(workspace: Workspace) -> None:
    events = workspace.root / "events.csv"
    events.write_text(TINY)
    before = events.stat()
    workspace.build("run", raw_events=str(events), **TINY_SETTINGS)
    # other bytes of the same size and time: the export cannot see that
    events.write_text(TINY.replace("7,510", "7,520"))
    os.utime(events, ns=(before.st_atime_ns, before.st_mtime_ns))
    report = read_json(workspace.publish() / "report.json")
    source = report["data_fingerprints"]["raw_events"]
    assert source["sha256"] == hashlib.sha256(TINY.encode()).hexdigest()


@pytest.mark.parametrize("change", ["size", "time"])
def test_another_size_or_another_time_alone_is_a_change(
    change: str, workspace: Workspace
) -> None:
    events = workspace.root / "events.csv"
    events.write_text(TINY)
    time = events.stat().st_mtime_ns
    workspace.build("run", raw_events=str(events), **TINY_SETTINGS)
    if change == "size":
        events.write_text(TINY + "\n")
    else:
        time += 2 * 10**9
    os.utime(events, ns=(time, time))
    assert_refused(workspace, "changed since sample was built from it")


def test_an_input_that_the_build_did_not_hash_is_hashed_by_the_export(
    tiny: Workspace, workspace: Workspace
) -> None:
    shutil.copy(tiny.database, workspace.database)
    with duckdb.connect(str(workspace.database)) as connection:
        connection.execute("alter table sample.input_files drop column sha256")
    report = read_json(workspace.publish() / "report.json")
    source = report["data_fingerprints"]["raw_events"]
    assert source["sha256"] == hashlib.sha256(TINY.encode()).hexdigest()
    assert source["hashed"] == "export"
    page = (workspace.newest_report() / "report.html").read_text()
    assert "The input is as it was hashed during the export" in page


def test_changed_pinned_splits_are_refused(
    workspace: Workspace,
) -> None:
    events, splits = workspace.root / "events.csv", workspace.root / "splits.csv"
    events.write_text(TINY)
    splits.write_text("user_id,split\n7,train\n")
    pinned = {"split_method": "pinned", "pinned_splits": str(splits)}
    workspace.build("run", raw_events=str(events), **pinned, **TINY_SETTINGS)
    splits.write_text("user_id,split\n7,test\n")
    assert_refused(workspace, "splits.csv: changed since sample was built from it")


@pytest.mark.parametrize(
    ("setting", "before", "after"),
    [
        ("pinned_vocab", '{"20": 0}', '{"30": 0}'),
        ("items", "item_id,name\n20,a\n", "item_id,name\n20,b\n"),
    ],
)
def test_changed_files_of_courses_are_refused(
    setting: str, before: str, after: str, workspace: Workspace
) -> None:
    events = workspace.root / "events.csv"
    events.write_text(TINY)
    courses = workspace.root / ("courses.json" if before[0] == "{" else "courses.csv")
    courses.write_text(before)
    own = {setting: str(courses)}
    workspace.build("run", raw_events=str(events), **own, **TINY_SETTINGS)
    courses.write_text(after)
    assert_refused(workspace, f"{courses.name}: changed since sample was built from it")


def test_a_build_with_empty_is_recorded_as_such(own_sample: Workspace) -> None:
    own_sample.build("run", "--empty", "--select", "episodes")
    assert_refused(own_sample, "models have different settings")


def test_a_retry_is_recorded_and_mends_the_build(workspace: Workspace) -> None:
    events = workspace.root / "events.csv"
    events.write_text(TINY + "x,1,1,2018-01-01,1\n")
    settings = TINY_SETTINGS | {"raw_events": str(events)}
    # a retry reads what failed in dbt's own file
    assert not workspace.dbt("run", "--write-json", **settings).success
    assert_refused(workspace, "the build failed: model rejected_events (error)")
    with duckdb.connect(str(workspace.database)) as connection:
        # as if its cause were gone: the retry runs what failed and all behind it
        connection.execute("update sample.base_events set reason = null")
    assert workspace.dbt("retry", **settings).success
    done = workspace.export()
    assert done.returncode == 0, done.stderr
    with duckdb.connect(str(workspace.database), read_only=True) as connection:
        query = "select number from sample.build_record order by started_at"
        assert connection.execute(query).fetchall() == [(1,), (2,)]


def test_every_artifact_is_written_in_the_order_of_a_key(tiny: Workspace) -> None:
    config = read_json(tiny.newest_report() / "config.json")["settings"]
    with duckdb.connect() as connection:
        for artifact in artifacts.all_artifacts(config):
            columns = artifact.order_by.replace(" nulls first", "").split(", ")
            connection.execute(f"drop schema if exists {config['dataset']} cascade")
            connection.execute(f"create schema {config['dataset']}")
            more_from = getattr(artifact, "more_from", None)
            joined = ["course_id"] if more_from else []
            if more_from:
                more = f"{config['dataset']}.{more_from}"
                connection.execute(f"create table {more} as select 2 as course_id")
            rows = " union all ".join(
                "select "
                + ", ".join(f"{number} as {column}" for column in columns + joined)
                + (f", '{artifact.split}' as split" if artifact.split else "")
                for number in (3, 1, 2)
            )
            source = f"{config['dataset']}.{artifact.model}"
            connection.execute(f"create table {source} as {rows}")
            query = writing.select(config["dataset"], artifact, columns[0])
            assert connection.execute(query).fetchall() == [(1,), (2,), (3,)]


def test_no_database_and_an_empty_one_are_refused(workspace: Workspace) -> None:
    assert_refused(workspace, "no such database; run dbt build first")
    duckdb.connect(str(workspace.database)).close()
    assert_refused(workspace, "contains no dataset; run dbt build first")


def test_a_file_that_is_no_database_is_refused(workspace: Workspace) -> None:
    workspace.database.write_text("not a database")
    assert_refused(workspace, "warehouse.duckdb")


def test_a_database_in_use_is_refused_with_its_holder(workspace: Workspace) -> None:
    with duckdb.connect(str(workspace.database)):
        assert_refused(workspace, "in use by process", "wait until it ends")


def test_an_unknown_data_set_is_refused_with_those_there_are(tiny: Workspace) -> None:
    done = tiny.export("--dataset", "mars")
    assert done.returncode == 1
    assert "mars: not in" in done.stderr
    assert "which holds sample" in done.stderr


def test_a_folder_the_export_did_not_make_is_left_alone(own_sample: Workspace) -> None:
    precious = own_sample.processed / "sample" / "precious.txt"
    precious.parent.mkdir(parents=True)
    precious.write_text("mine")
    done = own_sample.export()
    assert done.returncode == 1
    assert "not made by an export; move it away first" in done.stderr
    assert precious.read_text() == "mine"


def test_a_registry_that_is_none_is_left_alone(own_sample: Workspace) -> None:
    own_sample.registry.write_text("[]")
    done = own_sample.export()
    assert done.returncode == 1
    assert "not a registry of runs" in done.stderr
    assert own_sample.registry.read_text() == "[]"
    assert not (own_sample.processed / "sample").exists()


def test_the_data_set_built_last_is_the_default(workspace: Workspace) -> None:
    mars = {"dataset": "mars", "raw_events": str(SAMPLE)}
    workspace.build(**mars)
    workspace.build()
    workspace.publish()
    assert (workspace.processed / "sample").exists()
    workspace.build(**mars)
    workspace.publish()
    assert (workspace.processed / "mars").exists()
    workspace.publish("--dataset", "sample")
    datasets = [run["dataset"] for run in read_json(workspace.registry)["runs"]]
    assert datasets == ["sample", "mars", "sample"]


def invocation(
    number: int,
    selected: list[str],
    results: dict[str, str] | None,
    settings: str = "{}",
) -> dict[str, Any]:
    nodes = {"model.p.a": [], "model.p.b": ["model.p.a"], "test.p.t.1": ["model.p.b"]}
    return {
        "number": number,
        "nodes": json.dumps(nodes),
        "selected": json.dumps(selected),
        "results": results and json.dumps(results),
        "settings": settings,
        "versions": "{}",
        "vars": "{}",
        "started_at": None,
    }


BUILT = {"model.p.a": "success", "model.p.b": "success", "test.p.t.1": "pass"}


def refused(*invocations: dict[str, Any]) -> str | None:
    try:
        build_record.refuse_unfit(build_record.replay(list(invocations)), "sample")
    except UserError as error:
        return str(error)
    return None


def test_a_whole_build_is_fit() -> None:
    whole = invocation(1, list(BUILT), BUILT)
    assert refused(whole) is None
    assert [t.status for t in build_record.replay([whole]).tests] == ["pass"]


def test_a_retry_does_not_say_what_it_selected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DBT_LOG_PATH", raising=False)
    failed = BUILT | {"model.p.b": "error", "test.p.t.1": "skipped"}
    first = invocation(1, list(BUILT), failed)
    rest = {"model.p.b": "success", "test.p.t.1": "pass"}
    failure = "sample: the build failed: model b (error); logs/dbt.log says why"
    assert refused(first).startswith(failure)
    assert refused(first, invocation(2, [], rest)) is None
    assert "interrupted" in refused(first, invocation(2, [], None))


def test_a_model_older_than_one_it_is_made_from_is_refused() -> None:
    again = invocation(2, ["model.p.a"], {"model.p.a": "success"})
    message = refused(invocation(1, list(BUILT), BUILT), again)
    assert message.startswith(
        "sample: older than what they are made from: model b; run"
    )


def test_a_build_without_rows_is_refused() -> None:
    empty = invocation(1, list(BUILT), BUILT, settings='{"empty": true}')
    assert "built with --empty" in refused(empty)


def test_a_test_under_other_settings_did_not_run() -> None:
    test = ["test.p.t.1"]
    other = invocation(2, test, {"test.p.t.1": "fail"}, settings='{"episode_k": 9}')
    build = build_record.replay([invocation(1, list(BUILT), BUILT), other])
    assert [node.status for node in build.tests] == ["not run"]
    assert refused(invocation(1, list(BUILT), BUILT), other) is None


def test_a_model_built_anew_makes_its_tests_old() -> None:
    built = invocation(1, list(BUILT), BUILT)
    again = invocation(2, ["model.p.b"], {"model.p.b": "success"})
    build = build_record.replay([built, again])
    assert [node.status for node in build.models] == ["success", "success"]
    assert [node.status for node in build.tests] == ["not run"]


def test_a_failed_unit_test_is_a_failure_too() -> None:
    results = {
        "model.p.a": "skipped",
        "unit_test.p.a.b": "fail",
        "test.p.t.1": "skipped",
    }
    message = refused(invocation(1, list(BUILT), results))
    assert message == (
        "sample: the build failed: unit test b (fail); logs/dbt.log says why; correct"
        " that, then run dbt build again"
    )


def test_how_many_threads_export_changes_no_byte(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "EVENTS_PER_RANGE", 2_000_000)
    events = workspace.root / "events.parquet"
    with duckdb.connect() as connection:
        # a range of more pairs than DuckDB hands over in a piece, and pages of Parquet
        # that end at 1 MiB before they have 20,000 rows
        connection.execute(
            "copy (select range // 300 as user_id, (range * 7919) % 1601 as item_id,"
            f" range * 60 as created_at from range(300_000)) to '{events}'"
        )
    workspace.build(
        raw_events=str(events),
        columns={"watch_percentage": None, "rating": None},
        time_format="s",
        implausible_times="allow",
        max_prefix_len=60,
    )
    settings = {"dataset": "sample", "layout": "full", "episode_k": 2, "episode_q": 3}
    files = artifacts.all_artifacts(
        settings | {"user_id_type": "bigint", "item_id_type": "bigint"}
    )
    written = []
    for threads in (1, 2, 4):
        folder = workspace.root / f"by_{threads}"
        with duckdb.connect(str(workspace.database), read_only=True) as connection:
            connection.execute(f"set threads = {threads}")
            writing.write_artifacts(connection, settings, files, folder)
        written.append({file.path: sha256(folder / file.path) for file in files})
    assert written[0] == written[1] == written[2]


class Steps:
    """In place of the bar: the steps that threads took, of all there are.

    Attributes:
        done: How many were taken.
        of: How many there are.
        then: Called with done after each step.
    """

    def __init__(self, then: Callable[[int], None] = lambda done: None) -> None:
        self.done, self.of, self.then = 0, 0, then
        self.one_at_a_time = Lock()

    @contextmanager
    def counter(self, length: int, _: str) -> Iterator[Callable[[], None]]:
        self.of = length

        def advance() -> None:
            with self.one_at_a_time:
                self.done += 1
            self.then(self.done)

        yield advance


def write_by_user(place: Workspace, folder: Path) -> None:
    """Write the sample's artifacts with two threads, a user a range."""
    with duckdb.connect(str(place.database), read_only=True) as connection:
        connection.execute("set threads = 2")
        settings = build_record.read_settings(connection, "sample")
        settings |= {"layout": "full"}
        files = artifacts.all_artifacts(settings)
        writing.write_artifacts(connection, settings, files, folder)


def test_a_thread_that_fails_stops_the_others(
    own_sample: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    windows = "sample.int_episode_windows"
    with duckdb.connect(str(own_sample.database)) as connection:
        connection.execute(f"alter table {windows} alter window_number drop not null")
        connection.execute(f"update {windows} set window_number = null")
    steps = Steps()
    monkeypatch.setattr(writing, "EVENTS_PER_RANGE", 1)
    monkeypatch.setattr(writing, "counter", steps.counter)
    with pytest.raises(UserError, match="it was changed after the build"):
        write_by_user(own_sample, own_sample.root / "written")
    assert 0 < steps.done < steps.of / 2


def test_an_interrupt_stops_the_threads_that_write(
    sample: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(done: int) -> None:
        if done == 5:
            signal.raise_signal(signal.SIGINT)

    steps = Steps(interrupt)
    monkeypatch.setattr(writing, "EVENTS_PER_RANGE", 1)
    monkeypatch.setattr(writing, "counter", steps.counter)
    # a background job's child ignores it
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            write_by_user(sample, tmp_path)
    finally:
        signal.signal(signal.SIGINT, before)
    assert 5 <= steps.done < steps.of / 2


def same_rows_as_published(place: Workspace, folder: Path) -> list[int]:
    """Export once more, to a folder, and compare; the row groups of each table."""
    config = read_json(place.newest_report() / "config.json")["settings"]
    files = artifacts.all_artifacts(config)
    groups = []
    with duckdb.connect(str(place.database), read_only=True) as connection:
        writing.write_artifacts(connection, config, files, folder)
    for file in files:
        whole, again = place.processed / "sample" / file.path, folder / file.path
        if isinstance(file, artifacts.ParquetArtifact):
            assert pq.read_table(again).equals(pq.read_table(whole)), file.path
            groups.append(pq.read_metadata(again).num_row_groups)
        else:
            assert again.read_bytes() == whole.read_bytes()
    return groups


@pytest.mark.parametrize("events_per_range", [1, 300])
def test_how_users_are_parted_changes_no_row(
    events_per_range: int,
    sample: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = read_json(sample.newest_report() / "config.json")["settings"]
    monkeypatch.setattr(writing, "EVENTS_PER_RANGE", events_per_range)
    with duckdb.connect(str(sample.database), read_only=True) as connection:
        assert len(writing.user_ranges(connection, config)) > 2564 / 4 / 300
    same_rows_as_published(sample, tmp_path)


def test_how_rows_are_grouped_changes_no_row(
    sample: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "ROWS_PER_GROUP", 7)
    assert max(same_rows_as_published(sample, tmp_path)) > 2564 / 7


def test_a_build_of_an_earlier_version_is_refused_until_built_again(
    tiny: Workspace, workspace: Workspace
) -> None:
    shutil.copy(tiny.database, workspace.database)
    with duckdb.connect(str(workspace.database)) as connection:
        connection.execute("alter table sample.build_record drop column versions")
    done = workspace.export()
    assert done.returncode == 1
    message = "export: sample: built by an earlier version; run dbt build again\n"
    assert done.stderr == message
    workspace.build()
    workspace.publish()


def test_a_database_named_like_its_data_set_is_refused(
    tiny: Workspace, workspace: Workspace
) -> None:
    database = workspace.root / "sample.duckdb"
    shutil.copy(tiny.database, database)
    done = workspace.export(f"--database={database}")
    assert done.returncode == 1
    same_name = "it has the same name as a dataset in it"
    assert done.stderr.startswith(f"export: {database}: {same_name}, which DuckDB")
