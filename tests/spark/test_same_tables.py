"""DuckDB and Spark make the same tables: names, types, and every value.

Spark runs in this process, so all tests share one session and one warehouse.
"""

import csv
import gzip
import json
import os
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import REAL_MARS, SAMPLE, Workspace, hashes, needs_real_mars
from mooc_episodes.contract import all_artifacts
from mooc_episodes.warehouse.build_record import read_settings
from mooc_episodes.warehouse.spark import read_with_duckdb

# tables about the run, and settings about it
NOT_COMPARED = {"build_record", "input_files"}
OF_THE_RUN = {"engine_version", "raw_events"}
OF_THE_REPORT = {"report_metrics", "report_distributions", "report_funnel"}
PUBLISHED = frozenset(OF_THE_REPORT) | {
    artifact.model
    for artifact in all_artifacts(
        {
            "layout": "full",
            "user_id_type": "bigint",
            "item_id_type": "bigint",
            "episode_k": 2,
            "episode_q": 3,
        }
    )
}


class Engines:
    """A workspace for each engine, and the difference between what they made."""

    def __init__(self, root: Path) -> None:
        self.duckdb = Workspace(root / "duckdb")
        self.spark = Workspace(root / "spark", unit_tests=True)
        for place in (self.duckdb, self.spark):
            place.root.mkdir()

    def build(self, engine: str, *command: str, **settings: Any) -> None:
        place = self.spark if engine == "spark" else self.duckdb
        place.build(
            *(command or ["run", "--exclude", "evaluation"]),
            "--target",
            engine,
            **settings,
        )
        if engine == "spark":
            dataset = settings.get("dataset", "sample")
            read_with_duckdb(dataset, self.spark.database)

    def differences(
        self, dataset: str = "sample", built: frozenset[str] = PUBLISHED
    ) -> dict[str, str]:
        """Why a table of Spark's is not DuckDB's; compared as bags of rows.

        Args:
            dataset: The dataset.
            built: Tables that must be there.
        """
        found = {}
        with duckdb.connect() as connection:
            for name, place in (("ours", self.duckdb), ("other", self.spark)):
                connection.execute(f"attach '{place.database}' as {name} (read_only)")
            tables = connection.execute(
                "select table_name from information_schema.tables"
                " where table_catalog = 'other'"
            ).fetchall()
            names = {name for (name,) in tables}
            assert names >= built
            for name in names - NOT_COMPARED:
                ours, other = (
                    f"from {engine}.{dataset}.{name}" for engine in ("ours", "other")
                )
                schemas = [
                    [row[:2] for row in connection.execute(f"describe {q}").fetchall()]
                    for q in (ours, other)
                ]
                if schemas[0] != schemas[1]:
                    found[name] = f"{schemas[0]} is not {schemas[1]}"
                    continue
                rows = connection.execute(
                    f"({ours} except all {other}) union all"
                    f" ({other} except all {ours}) limit 5"
                ).fetchall()
                if rows:
                    found[name] = str(rows)
        ours, other = (
            self.settings(place, dataset) for place in (self.duckdb, self.spark)
        )
        if ours != other:
            found["settings"] = f"{ours} is not {other}"
        return found

    def rows(self, table: str, dataset: str = "sample") -> int:
        """The number of rows of a table of Spark's."""
        with duckdb.connect(str(self.spark.database), read_only=True) as connection:
            query = f"select count(*) from {dataset}.{table}"
            return connection.execute(query).fetchall()[0][0]

    def settings(self, place: Workspace, dataset: str) -> dict[str, Any]:
        """The settings and dbt's version that a build records."""
        with duckdb.connect(str(place.database), read_only=True) as connection:
            recorded = read_settings(connection, dataset)
        return {name: recorded[name] for name in recorded.keys() - OF_THE_RUN}


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    root = tmp_path_factory.mktemp("engines")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPARK_WAREHOUSE", str(root / "warehouse"))
        patch.delenv("SPARK_SHUFFLE_PARTITIONS", raising=False)
        (root / "warehouse").mkdir()
        made = Engines(root)
        for engine in ("duckdb", "spark"):
            made.build(engine, "build")
        yield made


def sample_rows() -> tuple[list[str], list[list[str]]]:
    with SAMPLE.open(newline="") as handle:
        header, *rows = csv.reader(handle)
    return header, rows


def test_the_sample_passes_all_tests_on_spark_and_gives_the_same_tables(
    engines: Engines,
) -> None:
    assert engines.differences() == {}


def test_the_exporter_writes_the_same_bytes_of_both(engines: Engines) -> None:
    for layout in ("full", "compact"):
        for place in (engines.duckdb, engines.spark):
            place.publish("--dataset", "sample", "--layout", layout)
        name = "sample" if layout == "full" else f"sample.{layout}"
        ours, other = (
            hashes((place.processed / name).resolve())
            for place in (engines.duckdb, engines.spark)
        )
        assert len(ours) > 10
        assert other == ours


@pytest.mark.parametrize("partitions", [1, 4, 64])
def test_neither_the_order_of_rows_nor_spark_s_partitions_are_seen(
    partitions: int, engines: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pyspark.sql import SparkSession

    session = SparkSession.builder.getOrCreate()
    # small partitions would be put together
    session.conf.set("spark.sql.adaptive.coalescePartitions.enabled", "false")
    monkeypatch.setenv("SPARK_SHUFFLE_PARTITIONS", str(partitions))
    header, rows = sample_rows()
    random.Random(partitions).shuffle(rows)
    for part in range(3):
        columns = zip(*rows[part::3], strict=True)
        table = pa.table([pa.array([v or None for v in c]) for c in columns], header)
        pq.write_table(table, tmp_path / f"part-{part}.parquet")
    engines.build("spark", raw_events=str(tmp_path / "*.parquet"))
    assert os.environ["SPARK_SHUFFLE_PARTITIONS"] == session.conf.get(
        "spark.sql.shuffle.partitions"
    )
    assert engines.differences() == {}


def courses_known(folder: Path, form: str) -> str:
    """A file about some of the sample's courses, with a line of a course it lacks."""
    _, rows = sample_rows()
    courses = sorted({row[1] for row in rows}, key=int)[::3]
    lines = [
        {"item_id": course, "title": f"Cours n° {course}", "Rating": None}
        for course in [*courses, "999999999"]
    ]
    path = folder / f"courses.{form}"
    if form == "jsonl":
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    else:
        header = "item_id,title,Rating\n"
        path.write_text(
            header + "".join(f"{line['item_id']},{line['title']},\n" for line in lines)
        )
    return str(path)


def vocabulary_to_extend(folder: Path) -> str:
    """A published vocabulary of three of the sample's courses and one it lacks."""
    _, rows = sample_rows()
    known = sorted({row[1] for row in rows})[:3]
    path = folder / "course2id.json"
    courses = [known[1], "999999999", known[0], known[2]]
    path.write_text(json.dumps({course: n for n, course in enumerate(courses)}))
    return str(path)


SPLITS_IN_TIME: dict[str, dict[str, Any]] = {
    "by ratios": {"vocab_order": "shuffled", "min_item_users": 3},
    "by times": {
        "split_times": ["2020-06-01", "2021-01-01 12:00"],
        "time_from": "2018-10-01",
        "time_until": "2021-08-01",
    },
}


@pytest.mark.parametrize("cut", SPLITS_IN_TIME)
def test_splits_in_time_and_what_is_known_of_courses_are_alike(
    cut: str, engines: Engines, tmp_path: Path
) -> None:
    settings = {
        "raw_events": str(SAMPLE),
        "split_method": "new_users",
        "items": courses_known(tmp_path, "csv" if cut == "by ratios" else "jsonl"),
        **SPLITS_IN_TIME[cut],
    }
    if cut == "by times":
        settings["pinned_vocab"] = vocabulary_to_extend(tmp_path)
    for engine in ("duckdb", "spark"):
        engines.build(engine, "run", **settings)
    assert engines.differences() == {}
    assert engines.rows("episodes") > 0


def lines_of_json(folder: Path) -> dict[str, Any]:
    header, rows = sample_rows()
    path = folder / "events.jsonl"
    records = [dict(zip(header, row, strict=True)) for row in rows]
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return {"raw_events": str(path)}


def a_file_per_user(folder: Path) -> dict[str, Any]:
    header, rows = sample_rows()
    users: dict[str, list[list[str]]] = defaultdict(list)
    for user, *others in rows:
        users[user].append(others)
    (folder / "users").mkdir()
    for user in [*users][:40]:
        with (folder / "users" / f"u{user}.csv").open("w", newline="") as handle:
            csv.writer(handle).writerows([header[1:], *users[user]])
    (folder / "users" / ".hidden.csv").write_text("not,a,log\n1,2,3\n")
    columns = {"user_id": {"filename": "u(.*)"}}
    return {"raw_events": str(folder / "users"), "columns": columns}


def objects_in_json(folder: Path) -> dict[str, Any]:
    """Objects within one another; every other line has a key with a dot instead."""
    _, rows = sample_rows()
    path = folder / "tracking.ndjson"
    lines = [
        json.dumps(
            ({"who": {"id": user}} if number % 2 else {"who.id": user})
            | {"context": {"course": {"id": item}, "at": time}}
        )
        for number, (user, item, _, time, _) in enumerate(rows)
    ]
    path.write_text("\n".join(lines) + "\n")
    columns = {
        "user_id": "who.id",
        "item_id": "context.course.id",
        "created_at": "context.at",
        "watch_percentage": None,
        "rating": None,
    }
    return {"raw_events": str(path), "columns": columns}


def no_header(folder: Path) -> dict[str, Any]:
    """Semicolons, columns by number, apostrophes as quotes, gzip, null markers."""
    _, rows = sample_rows()
    path = folder / "it's no header.dat.gz"
    with gzip.open(path, "wt") as handle:
        for user, item, watched, time, _ in rows:
            handle.write(f"x;'{user}';{item};{watched or 'NA'};'{time}'\n")
    return {
        "raw_events": str(path),
        "csv": {
            "delimiter": ";",
            "header": False,
            "quote": "'",
            "escape": "'",
            "null_values": ["NA"],
        },
        "columns": {
            "user_id": 2,
            "item_id": 3,
            "watch_percentage": 4,
            "created_at": 5,
            "rating": None,
        },
    }


def typed_header(folder: Path) -> dict[str, Any]:
    """RecBole's names, tabs, and a date and a time in two columns."""
    _, rows = sample_rows()
    path = folder / "events.inter"
    lines = ["user_id:token\titem_id:token\tday:token\tclock:token"]
    for user, item, _, time, _ in rows:
        lines.append("\t".join([user, item, *time.split(" ", 1)]))
    path.write_text("\n".join(lines) + "\n")
    columns = {"created_at": ["day", "clock"], "watch_percentage": None, "rating": None}
    return {
        "raw_events": str(path),
        "csv": {"delimiter": "\t"},
        "columns": columns,
    }


FORMS = [lines_of_json, objects_in_json, a_file_per_user, no_header, typed_header]


@pytest.mark.parametrize("form", FORMS)
def test_other_forms_of_input_are_read_alike(
    form: Callable[[Path], dict[str, Any]], engines: Engines, tmp_path: Path
) -> None:
    settings = {"dataset": "mars", "min_interactions": 1, **form(tmp_path)}
    for engine in ("duckdb", "spark"):
        engines.build(engine, **settings)
    assert engines.differences("mars") == {}
    assert engines.rows("pairs", "mars") > 0


def test_a_table_of_the_warehouse_is_read_alike(
    engines: Engines, tmp_path: Path
) -> None:
    from pyspark.sql import SparkSession

    header, rows = sample_rows()
    table = pa.table([pa.array(column) for column in zip(*rows, strict=True)], header)
    pq.write_table(table, tmp_path / "steps.parquet")
    with duckdb.connect(str(engines.duckdb.database)) as connection:
        connection.execute("create schema lms")
        connection.execute(
            f"create table lms.steps as from '{tmp_path / 'steps.parquet'}'"
        )
    session = SparkSession.builder.getOrCreate()
    session.sql("create schema lms")
    session.sql(
        "create table lms.steps using parquet as"
        f" select * from parquet.`{tmp_path / 'steps.parquet'}`"
    )
    for engine in ("duckdb", "spark"):
        engines.build(engine, dataset="mars", raw_events="relation:lms.steps")
    assert engines.differences("mars") == {}
    assert engines.rows("pairs", "mars") > 0


ODD_TIMES = """
2018-09-28 16:18:29|2018-09-28T16:18:29|2018-09-28T16:18:29Z|2018-09-28 16:18:29z
2018-09-28 16:18:29+02:00|2018-09-28 16:18:29-0430|2018-09-28 16:18:29+02|1900-02-29
2018-09-28 16:18:29+14:59|2018-09-28 16:18:29-14:00|2018-09-28 16:18:29+15:00
2018-09-28 16:18:29.9999999|2018-09-28 16:18:29.1234564999|2018-09-28 16:18
2018-09-28|2018-09-28T|2018-09-28 24:00:00|2018-09-28 16:60|2018-9-28|2018-02-30
2018-09-28 16:18:29 | 2018-09-28|28/09/2018|now|today|epoch|infinity|-infinity
1538151509|1538151509.5|1538151509500|-0.5|-1538151509500|99999999999|100000000000
1538151509000.9999|0.0000019|-0.0000019|999999999999999|1e9|1538151509000000|-1
1538151509000000999|631151999|631152000|4102444799.9|4102444800|20180928|0|2018
2018/09/28|2018/09/28 16:18:29.5|2018-09/28|2018-09-28t16:18:29|2018-09-28 16:18:29 UTC
2018-09-28 16:18:29GMT|2018-09-28 16:18:29 +0200|2018-09-28 16:18:29  Z|43371.5
0001-01-01|0001-01-01 00:00:00+01:00|9999-12-31 23:59:59.999999
9999-12-31 23:59:59-01:00|0000-12-31|1582-10-10
1582-10-04 12:00:00|1969-12-31 23:59:59.5|1752-09-03|2000-02-29
2016-12-31 23:59:60|2018-09-28T16:18:29.5+00:00|2018-09-28 16:18:29.|+1538151509
"""
ODD_IDS = ["7", " 7 ", "+7", "-7", "07", "7.0", "x", "", '""', "\t7", "7\u00a0"]
ODD_IDS += ["9223372036854775807", "9223372036854775808", "-9223372036854775808", "1e3"]
ODD_IDS += ["Z", "a", "é", "e\u0301", "\U0001f600", "ß", "0x10", "1_0", "null", "NaN"]
ODD_NUMBERS = ["", " ", "7.5", "-0", "-0.0", "1e999", "1E3", ".5", "5.", "5d", "0x1p3"]
ODD_NUMBERS += [
    "NaN",
    "inf",
    "12345678901234567890",
    "0.1",
    "1e-320",
    "5 %",
    "\u0665",
    "+7",
]


def odd_events(path: Path) -> None:
    """Rows of values at the edges of what can be read, quoted in every way."""
    times = ODD_TIMES.strip().replace("\n", "|").split("|")
    with path.open("w", newline="", encoding="utf-8") as handle:
        handle.write("user_id,item_id,watch_percentage,created_at,rating\n")
        for number, time in enumerate(times):
            handle.write(f"{number % 3},{number % 5},,{time},\n")
        for number, item in enumerate(ODD_IDS):
            quoted = item if item == '""' else f'"{item}"'
            handle.write(f"1,{quoted},{number},2018-09-28 16:18:{number:02},\n")
            handle.write(f"{quoted},1,{number},2018-09-28 16:19:{number:02},\n")
        for number, rating in enumerate(ODD_NUMBERS):
            handle.write(f'2,1,"{rating}",2018-09-28 16:20:{number:02},{rating}\n')
        handle.write('3,"a ""quoted"", with comma",1,2018-09-28,1\n')
        handle.write('3,"two\nlines",1,2018-09-29,1\n')
        handle.write("3,back\\slash,1,2018-09-30,\\1\n")
        handle.write("3,' ; -- % ${x},1,2018-10-01,#\n")


@pytest.mark.parametrize("kind", ["varchar", "bigint"])
def test_odd_values_are_read_or_rejected_alike(
    kind: str, engines: Engines, tmp_path: Path
) -> None:
    odd_events(tmp_path / "it's odd.csv")
    settings: dict[str, Any] = {
        "dataset": "mars_fr",
        "raw_events": str(tmp_path / "it's odd.csv"),
        "user_id_type": kind,
        "item_id_type": kind,
        "max_rejected_fraction": 1,
        "implausible_times": "allow",
        "min_interactions": 1,
        "max_prefix_len": 3,
    }
    for engine in ("duckdb", "spark"):
        engines.build(engine, **settings)
    assert engines.differences("mars_fr") == {}


TIMES_OF_FORMATS = {
    "s": "0|-0.5|1538151509|1538151509.1234569|253402300800|-62135596800|x|1e9",
    "ns": "0|-1|-1000.5|1538151509000000999|9" + "9" * 20,
    "days": "0|-10|0.5|27.123456789012|-0.000000000001|3000000|2014-02-01",
    "%Y%m%d": "20180928|20180230|2018928| 20180928 |2018-09-28",
    "%d.%m.%Y %H:%M": "28.9.2018 7:05|28.09.2018 07:05|30.2.2018 07:05|28.09.2018",
    "%m/%d/%y %I:%M:%S %p": "9/28/18 12:00:00 am|9/28/99 1:00:05 PM|9/28/68 1:00:05 pm",
    "%d %b %Y at %H:%M:%S.%f": "28 SEP 2018 at 16:18:29.5"
    "|28 sep 2018 at 16:18:29.000012",
    "%d/%m/%y - %H o'clock": "28/9/18 - 7 o'clock|28/09/18 - 16 o'clock|28/9/18 7",
    "%Y-%m-%dT%H:%M:%S%z": "2018-09-28T16:18:29+02:00|2018-09-28T16:18:29-0430"
    "|2018-09-28T16:18:29+02|2018-09-28T16:18:29Z",
    "%Y-%j": "2018-001|2018-366|2016-366|2018-7",
    "%F %T %Z": "2018-09-28 16:18:29 UTC|2018-09-28 16:18:29 GMT"
    "|2018-09-28 16:18:29 CET",
}


def check_read_alike(
    engines: Engines, events: Path, time_format: str, *, rejected: float
) -> None:
    """Both engines read and reject the same, at most this share of the rows."""
    for engine in ("duckdb", "spark"):
        engines.build(
            engine,
            *("run", "--select", "+rejected_events"),
            dataset="mars_fr",
            raw_events=str(events),
            columns={"watch_percentage": None, "rating": None},
            time_format=time_format,
            max_rejected_fraction=rejected,
            implausible_times="allow",
            min_interactions=1,
        )
    read = frozenset({"base_events", "rejected_events"})
    assert engines.differences("mars_fr", read) == {}


@pytest.mark.parametrize("time_format", TIMES_OF_FORMATS)
def test_times_of_a_format_are_read_alike(
    time_format: str, engines: Engines, tmp_path: Path
) -> None:
    times = TIMES_OF_FORMATS[time_format].split("|")
    lines = [f"1,{number},{time}" for number, time in enumerate(times)]
    header = "user_id,item_id,created_at"
    (tmp_path / "events.csv").write_text("\n".join([header, *lines]) + "\n")
    check_read_alike(engines, tmp_path / "events.csv", time_format, rejected=1)


DOUBLES_OF_FORMATS = {
    "auto": [1628255872.123456, 1628255872123.5, 1628255872.0, 1.628255872e18],
    "s": [9.1234569999999, -0.5, 0.0, 1e10, 12345678.25],
    "days": [0.5, 17_532.0, -1.25],
    "%Y%m%d": [20180928.0, 20180101.0],
}


@pytest.mark.parametrize("time_format", DOUBLES_OF_FORMATS)
def test_times_that_are_doubles_are_read_alike(
    time_format: str, engines: Engines, tmp_path: Path
) -> None:
    times = DOUBLES_OF_FORMATS[time_format]
    ids = pa.array(range(len(times)))
    table = pa.table(
        {"user_id": ids, "item_id": ids, "created_at": pa.array(times, pa.float64())}
    )
    pq.write_table(table, tmp_path / "events.parquet")
    # all of them are read
    check_read_alike(engines, tmp_path / "events.parquet", time_format, rejected=0)


@needs_real_mars
def test_the_real_file_gives_the_same_tables(engines: Engines) -> None:
    for engine in ("duckdb", "spark"):
        engines.build(engine, dataset="mars", raw_events=str(REAL_MARS))
    assert engines.differences("mars") == {}
