"""However the rows come, artifacts are the same; what cannot be read is reported."""

import gzip
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import TINY, TINY_SETTINGS, Workspace, hashes


def artifacts(workspace: Workspace) -> dict[str, str]:
    return hashes(workspace.processed / "sample", but="manifest.json")


def write_parquet(csv: str, path: Path, columns: str) -> None:
    source = path.with_suffix(".source.csv")
    source.write_text(csv)
    duckdb.sql(
        f"copy (select {columns} from read_csv('{source}', all_varchar = true))"
        f" to '{path}' (format parquet)"
    )


def crlf(root: Path) -> dict[str, Any]:
    (root / "events.csv").write_bytes(TINY.replace("\n", "\r\n").encode())
    return {"raw_events": str(root / "events.csv")}


def gzipped(root: Path) -> dict[str, Any]:
    (root / "events.csv.gz").write_bytes(gzip.compress(TINY.encode()))
    return {"raw_events": str(root / "events.csv.gz")}


def shuffled(root: Path) -> dict[str, Any]:
    header, *lines = TINY.splitlines()
    (root / "events.csv").write_text("\n".join([header, *reversed(lines)]) + "\n")
    return {"raw_events": str(root / "events.csv")}


def a_glob_of_parts_with_columns_of_their_own(root: Path) -> dict[str, Any]:
    header, *lines = TINY.splitlines()
    noted = [f"note,{header}", *(f"seen,{line}" for line in lines[:3])]
    (root / "part1.csv").write_text("\n".join(noted) + "\n")
    turned = [",".join(reversed(line.split(","))) for line in [header, *lines[3:]]]
    (root / "part2.csv").write_text("\n".join(turned) + "\n")
    return {"raw_events": str(root / "part*.csv")}


def parquet_with_timestamps(root: Path) -> dict[str, Any]:
    write_parquet(
        TINY,
        root / "events.parquet",
        "cast(user_id as integer) as user_id, cast(item_id as bigint) as item_id,"
        " cast(watch_percentage as integer) as watch_percentage,"
        " cast(created_at as timestamp) as created_at,"
        " cast(rating as double) as rating",
    )
    return {"raw_events": str(root / "events.parquet")}


def parquet_with_zoned_timestamps(root: Path) -> dict[str, Any]:
    write_parquet(
        TINY,
        root / "events.parquet",
        "* replace (timezone('UTC', cast(created_at as timestamp)) as created_at)",
    )
    return {"raw_events": str(root / "events.parquet")}


def parquet_with_epoch_seconds(root: Path) -> dict[str, Any]:
    write_parquet(
        TINY,
        root / "events.parquet",
        "* replace (epoch(cast(created_at as timestamp)) as created_at)",
    )
    return {"raw_events": str(root / "events.parquet"), "time_format": "s"}


def a_glob_of_parquet_parts(root: Path) -> dict[str, Any]:
    header, *lines = TINY.splitlines()
    names = header.split(",")
    for number, (part, columns) in enumerate(
        [(lines[:3], names), (lines[3:], names[::-1])]
    ):
        csv = "\n".join([header, *part]) + "\n"
        write_parquet(csv, root / f"part{number}.PARQUET", ", ".join(columns))
    return {"raw_events": str(root / "part*.PARQUET")}


def a_header_in_other_case(root: Path) -> dict[str, Any]:
    (root / "o'brien.csv").write_text(TINY.replace("user_id", "User_ID", 1))
    return {"raw_events": str(root / "o'brien.csv")}


def columns_of_other_names(root: Path) -> dict[str, Any]:
    csv = TINY.replace("user_id,item_id", 'who,"the ""course"""', 1)
    (root / "events.csv").write_text(csv)
    names = {"user_id": "who", "item_id": 'the "course"'}
    return {"raw_events": str(root / "events.csv"), "columns": names}


def columns_named_in_other_case(root: Path) -> dict[str, Any]:
    (root / "events.csv").write_text(TINY)
    return {
        "raw_events": str(root / "events.csv"),
        "columns": {"user_id": "USER_ID"},
    }


FORMS = [
    columns_named_in_other_case,
    crlf,
    gzipped,
    shuffled,
    a_glob_of_parts_with_columns_of_their_own,
    parquet_with_timestamps,
    parquet_with_zoned_timestamps,
    parquet_with_epoch_seconds,
    a_glob_of_parquet_parts,
    a_header_in_other_case,
    columns_of_other_names,
]


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_the_form_of_the_input_changes_no_byte(
    form: Any, tiny: Workspace, workspace: Workspace
) -> None:
    workspace.build(**TINY_SETTINGS, **form(workspace.root))
    workspace.publish()
    expected = artifacts(tiny)
    assert len(expected) == 14
    assert artifacts(workspace) == expected


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/St_Johns"])
def test_the_machine_s_time_zone_changes_no_byte(
    zone: str, tiny: Workspace, workspace: Workspace
) -> None:
    settings = TINY_SETTINGS | parquet_with_zoned_timestamps(workspace.root)
    build_in_zone(workspace, zone, settings)
    workspace.publish()
    assert artifacts(workspace) == artifacts(tiny)


def test_a_rejected_time_with_a_zone_is_kept_in_utc(workspace: Workspace) -> None:
    without_user = TINY + ",20,1,2018-01-01 00:30:00,1\n"
    zoned = "* replace (timezone('UTC', cast(created_at as timestamp)) as created_at)"
    write_parquet(without_user, workspace.root / "events.parquet", zoned)
    settings = TINY_SETTINGS | {"raw_events": str(workspace.root / "events.parquet")}
    settings["max_rejected_fraction"] = 0.2
    build_in_zone(workspace, "Asia/Tokyo", settings)
    workspace.publish()
    rejected = workspace.processed / "sample/quality/rejected_events.parquet"
    assert duckdb.sql(f"select created_at, reason from '{rejected}'").fetchall() == [
        ("2018-01-01 00:30:00+00", "missing user_id")
    ]


def build_in_zone(workspace: Workspace, zone: str, settings: dict[str, Any]) -> None:
    dbt = workspace.dbt_process("run", "--vars", json.dumps(settings), TZ=zone)
    output, _ = dbt.communicate()
    assert dbt.returncode == 0, output


def test_absent_ratings_are_null_and_the_file_needs_no_such_column(
    workspace: Workspace,
) -> None:
    lines = [line.rsplit(",", 1)[0] for line in TINY.splitlines()]
    (workspace.root / "events.csv").write_text("\n".join(lines) + "\n")
    workspace.build(
        raw_events=str(workspace.root / "events.csv"),
        columns={"rating": None},
        **TINY_SETTINGS,
    )
    workspace.publish()
    events = workspace.processed / "sample/sessions/events_sessionized.parquet"
    assert duckdb.sql(f"select count(*), count(rating) from '{events}'").fetchall() == [
        (6, 0)
    ]


def an_unknown_kind_of_file(root: Path) -> dict[str, Any]:
    (root / "events.xlsx").write_text(TINY)
    return {"raw_events": str(root / "events.xlsx")}


def users_without_a_pinned_split(root: Path) -> dict[str, Any]:
    (root / "events.csv").write_text(TINY)
    (root / "splits.csv").write_text("user_id,split\n1,train\n")
    return {
        "raw_events": str(root / "events.csv"),
        "split_method": "pinned",
        "pinned_splits": str(root / "splits.csv"),
    }


def a_pinned_split_that_is_none(root: Path) -> dict[str, Any]:
    settings = users_without_a_pinned_split(root)
    (root / "splits.csv").write_text("user_id,split\n7,train\n8,validation\n")
    return settings


def a_user_pinned_twice(root: Path) -> dict[str, Any]:
    settings = users_without_a_pinned_split(root)
    (root / "splits.csv").write_text("user_id,split\n7,train\n7,val\n")
    return settings


def a_pinned_row_without_a_user(root: Path) -> dict[str, Any]:
    settings = users_without_a_pinned_split(root)
    (root / "splits.csv").write_text("user_id,split\n7,train\n,val\n")
    return settings


def a_pinned_row_without_a_split(root: Path) -> dict[str, Any]:
    settings = users_without_a_pinned_split(root)
    (root / "splits.csv").write_text("user_id,split\n7,train\n8,\n")
    return settings


def splits_without_a_split_column(root: Path) -> dict[str, Any]:
    settings = users_without_a_pinned_split(root)
    (root / "splits.csv").write_text("user_id,fold\n7,1\n")
    return settings


FAULTS = [
    (an_unknown_kind_of_file, "use .csv, .tsv, .txt, .dat, .inter, .jsonl or .nd"),
    (users_without_a_pinned_split, "1 eligible users have no split in"),
    (a_pinned_split_that_is_none, "one is user_id 8, split validation"),
    (a_user_pinned_twice, "1 users appear more than once in '{root}/splits.csv'"),
    (splits_without_a_split_column, "has no column 'split'"),
    (a_pinned_row_without_a_user, "1 rows of '{root}/splits.csv' have no readable"),
    (a_pinned_row_without_a_split, "one is user_id 8, split None"),
]


@pytest.mark.parametrize(
    ("fault", "message"), FAULTS, ids=lambda fault: getattr(fault, "__name__", "")
)
def test_bad_input_ends_in_one_clear_line_and_nothing_published(
    fault: Any, message: str, workspace: Workspace
) -> None:
    done = workspace.dbt("run", **(TINY_SETTINGS | fault(workspace.root)))
    assert not done.success
    message = message.format(root=workspace.root)
    assert sum(message in line for line in done.lines) == 1, done.lines
    assert not any("Traceback" in line for line in done.lines)
    refused = workspace.export()
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1, refused.stderr
    assert not workspace.processed.exists()
