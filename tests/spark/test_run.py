"""scripts/run.py --target spark from its start to its end, in a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from conftest import PROJECT, TINY

HEADER = "user_id,item_id,watch_percentage,created_at,rating\n"


class Spark:
    """A warehouse and folders of their own for one run after the other."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.warehouse = root / "it's a warehouse"
        self.processed = root / "processed"

    def run(self, events: str, settings: str) -> subprocess.CompletedProcess[str]:
        file = self.root / "events.csv"
        file.write_text(events)
        return self.run_file(file, settings)

    def run_file(self, file: Path, settings: str) -> subprocess.CompletedProcess[str]:
        own = {
            "SPARK_WAREHOUSE": self.warehouse,
            "DBT_TARGET_PATH": self.root / "target",
            "DBT_LOG_PATH": self.root / "logs",
        }
        places = {
            "--raw-events": file,
            "--processed-dir": self.processed,
            "--reports-dir": self.root / "reports",
            "--registry": self.root / "meta.json",
        }
        options = [f"{name}={path}" for name, path in places.items()]
        return subprocess.run(
            [
                *(sys.executable, str(PROJECT / "scripts" / "run.py")),
                *("--target=spark", "--dataset=sample", "--vars", settings),
                *options,
            ],
            env=os.environ | {name: str(path) for name, path in own.items()},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Spark:
    return Spark(tmp_path_factory.mktemp("run"))


def test_a_build_without_episodes_is_published_after_one_that_was_killed(
    spark: Spark,
) -> None:
    half_written = spark.warehouse / "warehouse/sample.db/int_user_events/_temporary/0"
    half_written.mkdir(parents=True)
    done = spark.run(
        TINY, "{episode_k: 50, min_interactions: 1, implausible_times: allow}"
    )
    assert done.returncode == 0, done.stderr
    # user 7's courses without repeats: 510 20 30 40 20, 40 in the second of 30
    expected = {"pairs/pairs_*": 3, "episodes/episodes_*": 0}
    for files, rows in expected.items():
        pattern = spark.processed / "sample" / f"{files}.parquet"
        assert duckdb.sql(f"select * from '{pattern}'").count("*").fetchall() == [
            (rows,)
        ]


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        pytest.param(
            '7,"a,100,2018-01-01,\n7,"b",100,2018-01-02,\n',
            "has an odd number of quotes, so one is unclosed",
            id="a quote within a field",
        ),
        pytest.param(
            '7,b,100,2018-01-02,\n7,a,100,2018-01-01,"\n7,c,100,2018-01-02,\n',
            "has an odd number of quotes, so one is unclosed",
            id="the last field is not closed",
        ),
        pytest.param(
            "7,510,100\n7,20,100,2018-01-01,10\n",
            "7,510,100; give as many fields in each row as in the header",
            id="a row of three fields",
        ),
    ],
)
def test_a_csv_that_would_lose_rows_stops_in_one_clear_line(
    spark: Spark, rows: str, why: str
) -> None:
    done = spark.run(HEADER + rows, "{item_id_type: varchar, min_interactions: 1}")
    assert done.returncode == 1
    message = done.stderr.splitlines()
    assert why in message[-1]
    assert not [line for line in message if "Exception" in line or "\tat " in line]


def test_a_zst_file_is_refused_with_what_to_do(spark: Spark) -> None:
    """On docs/bad-input.md: "a .zst file, on Spark"."""
    text = HEADER + "7,510,100,2018-01-01,10\n"
    data = pa.compress(text.encode(), codec="zstd", asbytes=True)
    file = spark.root / "events.csv.zst"
    file.write_bytes(data)
    done = spark.run_file(file, "{}")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith(
        f"raw_events: '{file}' cannot be read on Spark; compress it with gzip (.gz), "
        "or build on DuckDB"
    )
