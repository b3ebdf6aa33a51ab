"""However the rows come, artifacts are the same; what cannot be read is reported."""

import gzip
import json
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from conftest import TINY, TINY_SETTINGS, Workspace, hashes
from mooc_episodes.base.errors import UserError
from mooc_episodes.publish.export import ExportPaths, export


def artifacts(workspace: Workspace) -> dict[str, str]:
    """All but what says where the data are from, and whether they were evaluated."""
    return hashes(workspace.processed / "sample", but=("manifest.json", "README.md"))


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


@pytest.mark.parametrize(
    "form",
    [
        shuffled,
        a_glob_of_parts_with_columns_of_their_own,
        parquet_with_timestamps,
        parquet_with_zoned_timestamps,
    ],
    ids=lambda form: form.__name__,
)
def test_the_form_of_the_input_changes_no_byte(
    form: Any, tiny: Workspace, workspace: Workspace
) -> None:
    workspace.build(**TINY_SETTINGS, **form(workspace.root))
    workspace.publish()
    expected = artifacts(tiny)
    assert len(expected) == 23
    assert artifacts(workspace) == expected


def base_events(workspace: Workspace) -> list[tuple[Any, ...]]:
    """The events as read, all that later models see of them, in any order."""
    with duckdb.connect(str(workspace.database), read_only=True) as database:
        return database.execute("from sample.base_events order by all").fetchall()


@pytest.mark.parametrize(
    "form",
    [
        columns_named_in_other_case,
        crlf,
        gzipped,
        parquet_with_epoch_seconds,
        a_glob_of_parquet_parts,
        a_header_in_other_case,
        columns_of_other_names,
    ],
    ids=lambda form: form.__name__,
)
def test_the_form_of_the_input_changes_no_event(
    form: Any, tiny: Workspace, workspace: Workspace
) -> None:
    models = ["run", "--select", "+base_events"]
    workspace.build(*models, **TINY_SETTINGS, **form(workspace.root))
    expected = base_events(tiny)
    assert len(expected) == 7
    assert base_events(workspace) == expected


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
    models = ["run", "--exclude", "evaluation"]
    dbt = workspace.dbt_process(*models, "--vars", json.dumps(settings), TZ=zone)
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
    (root / "splits.csv").write_text(
        "user_id,split\n7,train\n9,dev\n8,z\n8,validation\n"
    )
    return settings


def a_user_pinned_twice(root: Path) -> dict[str, Any]:
    settings = users_without_a_pinned_split(root)
    (root / "splits.csv").write_text(
        "user_id,split\n9,val\n7,train\n8,val\n9,val\n7,val\n"
    )
    return settings


def six_users_pinned_twice(root: Path) -> dict[str, Any]:
    settings = users_without_a_pinned_split(root)
    rows = [f"{user},val\n" for user in (6, 5, 4, 3, 2, 1)]
    (root / "splits.csv").write_text("".join(["user_id,split\n", *rows, *rows]))
    return settings


def six_users_without_a_pinned_split(root: Path) -> dict[str, Any]:
    settings = users_without_a_pinned_split(root)
    header, *lines = TINY.splitlines()
    rows = [
        line.replace("7,", f"{user},", 1)
        for user in range(10, 4, -1)
        for line in lines[:6]
    ]
    (root / "events.csv").write_text("\n".join([header, *rows]) + "\n")
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


def with_courses(setting: str, name: str, text: str | bytes) -> Any:
    """The fault of a file about the courses of the events."""

    def fault(root: Path) -> dict[str, Any]:
        (root / "events.csv").write_text(TINY)
        content = text if isinstance(text, bytes) else text.encode()
        (root / name).write_bytes(content)
        return {"raw_events": str(root / "events.csv"), setting: str(root / name)}

    return fault


def pinned(text: str | bytes) -> Any:
    return with_courses("pinned_vocab", "ids.json", text)


def items(text: str | bytes) -> Any:
    return with_courses("items", "items.csv", text)


NO_OBJECT = "'{root}/ids.json' is not a JSON object from course to number"
FAULTS = [
    (pinned("[0, 1]"), NO_OBJECT),
    (pinned('{"20": 0'), NO_OBJECT),
    (pinned(b'{"\xff": 0}'), NO_OBJECT),
    (pinned("{}"), NO_OBJECT),
    (pinned(""), NO_OBJECT),
    (pinned('{"x": 0}'), 'has a course "x", which is not of item_id_type bigint'),
    (pinned('{"20": 1}'), 'has a course "20" with id 1; every course must be there'),
    (pinned('{"20": 0, "30": 0}'), 'has a course "30" with id 0; every course must'),
    (pinned('{"20": 0, "30": 2}'), 'has a course "30" with id 2; every course must'),
    (pinned('{"20": "0"}'), 'has a course "20" with id "0"; every course must'),
    (pinned('{"20": 5, "30": null}'), 'a course "30" with id null; every course must'),
    (pinned('{"20": 0.0}'), 'has a course "20" with id 0.0; every course must'),
    (pinned('{"20": 0, "020": 1}'), "with id 0; every course must be there once"),
    (
        lambda root: pinned("{}")(root) | {"pinned_vocab": str(root / "none.json")},
        "pinned_vocab: '{root}/none.json' is not one file",
    ),
    (
        items("course,name\n20,a\n"),
        "has no column 'item_id' or 'course_id' with the courses; it has course, name; "
        "rename its column of courses to item_id",
    ),
    (
        items("item_id,name\n20,a\n30,b\n020,c\n"),
        "has 1 courses more than once, among them 20; keep one row of each",
    ),
    (
        items("item_id,name\n" + "6,a\n5,a\n4,a\n3,a\n2,a\n1,a\nno,a\n,a\n" * 2),
        "has 6 courses more than once, among them 1, 2, 3, 4, 5; keep one row of each",
    ),
    (items("item_id,name,Name\n20,a,b\n"), "has more than one column 'name'"),
    (
        items("item_id,n_train_users,n_train_users_given\n20,1,2\n"),
        "has more than one column 'n_train_users_given'",
    ),
    (items("item_id,name\n99,a\n"), "items: no course of the vocabulary is in"),
    (items(""), "items.csv' is empty; give a file with a header and rows"),
    (items("item_id,name\n20\n"), "items.csv' cannot be read at line 2"),
    (
        with_courses("items", "items.xlsx", "item_id,name\n20,a\n"),
        "items.xlsx' is not one file; name one that ends in .csv, .tsv",
    ),
    (an_unknown_kind_of_file, "use .csv, .tsv, .txt, .dat, .inter, .jsonl or .nd"),
    (
        users_without_a_pinned_split,
        "eligible users without a split in '{root}/splits.csv': 1, among them 7\n",
    ),
    (
        six_users_without_a_pinned_split,
        "users without a split in '{root}/splits.csv': 6, among them 5, 6, 7, 8, 9\n",
    ),
    (
        a_pinned_split_that_is_none,
        "train, val, test: 3, among them user_id 8, split validation",
    ),
    (
        a_user_pinned_twice,
        "users more than once in '{root}/splits.csv': 2, among them 7, 9\n",
    ),
    (
        six_users_pinned_twice,
        "users more than once in '{root}/splits.csv': 6, among them 1, 2, 3, 4, 5\n",
    ),
    (splits_without_a_split_column, "has no column 'split'"),
    (a_pinned_row_without_a_user, "rows of '{root}/splits.csv' without a readable"),
    (a_pinned_row_without_a_split, "among them user_id 8, split None"),
]


READ_ITEMS = {
    "items.csv": (
        "item_id,title,course_id,,Rating\n020,a,x,1,\n99,b,y,2,3\nno,c,z,3,4\n,d,w,4,5\n"
    ),
    "items.jsonl": '{"item_id": 20, "title": "a", "course_id": "x", "Rating": null}\n',
}
READ_AS = {"title": "a", "course_id_given": "x", "column_4": "1", "Rating": None}


@pytest.mark.parametrize("name", READ_ITEMS)
def test_what_is_known_about_courses_is_published_as_text(
    name: str, workspace: Workspace
) -> None:
    events, items = workspace.root / "events.csv", workspace.root / name
    events.write_text(TINY)
    items.write_text(READ_ITEMS[name])
    workspace.build("run", raw_events=str(events), items=str(items), **TINY_SETTINGS)
    workspace.publish()
    found = pq.read_table(workspace.processed / "sample/vocab/items.parquet")
    own = ["item_id", "course_id", "first_ts_epoch", "n_train_users", "n_train_events"]
    assert found.schema.names[:5] == own
    expected = dict(READ_AS)
    if name == "items.jsonl":
        del expected["column_4"]
    assert {*found.schema.names[5:]} == {*expected}
    assert {str(found.schema.field(key).type) for key in expected} == {"string"}
    assert [row["course_id"] for row in found.to_pylist()] == [20, 30, 40, 510]
    first, *others = [{key: row[key] for key in expected} for row in found.to_pylist()]
    assert first == expected
    assert others == [dict.fromkeys(expected)] * 3


def test_a_file_of_courses_is_written_as_the_events_are(workspace: Workspace) -> None:
    events, items = workspace.root / "events.dat", workspace.root / "items.dat"
    rows = [line.split(",")[:4] for line in TINY.splitlines()[1:]]
    events.write_text("\n".join("::".join(row) for row in rows))
    items.write_text("20::Toy Story::NA\n510::Jumanji::Drama\n")
    workspace.build(
        "run",
        raw_events=str(events),
        items=str(items),
        csv={"delimiter": "::", "header": False, "null_values": ["NA"]},
        columns={
            **{"user_id": 1, "item_id": 2, "created_at": 4},
            **{"watch_percentage": 3, "rating": None},
        },
        **TINY_SETTINGS,
    )
    workspace.publish()
    found = pq.read_table(workspace.processed / "sample/vocab/items.parquet")
    known = [(row["column_2"], row["column_3"]) for row in found.to_pylist()]
    nothing = (None, None)
    assert known == [("Toy Story", None), nothing, nothing, ("Jumanji", "Drama")]


@pytest.mark.parametrize(
    ("fault", "message"), FAULTS, ids=lambda fault: getattr(fault, "__name__", "")
)
def test_bad_input_ends_in_one_clear_line_and_nothing_published(
    fault: Any, message: str, workspace: Workspace
) -> None:
    models = ["run", "--exclude", "evaluation", "report"]
    done = workspace.dbt(*models, **(TINY_SETTINGS | fault(workspace.root)))
    assert not done.success
    message = message.format(root=workspace.root)
    assert sum(message in f"{line}\n" for line in done.lines) == 1, done.lines
    assert not any("Traceback" in line for line in done.lines)
    with pytest.raises(UserError) as refused:
        export(ExportPaths(workspace.database, workspace.processed))
    assert len(str(refused.value).splitlines()) == 1
    assert not workspace.processed.exists()
