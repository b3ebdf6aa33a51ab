"""The docs say what the project does: nothing in them stale, no link broken."""

import gzip
import importlib
import json
import pkgutil
import re
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
import yaml

import mooc_episodes
from conftest import PROJECT, Workspace
from mooc_episodes.contract import LAYOUTS, all_artifacts
from mooc_episodes.publish.export import ExportPaths, export
from mooc_episodes.verify.checks import verify
from mooc_episodes.warehouse.connection import table
from own_data import OWN_DATA, flattening_of_edx, preset_of_the_page, selected_for

DOCS = PROJECT / "docs"
SETTINGS = {
    "user_id_type": "bigint",
    "item_id_type": "bigint",
    "episode_k": 2,
    "episode_q": 3,
}


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What dbt knows of the sample, without building it."""
    place = Workspace(tmp_path_factory.mktemp("manifest"))
    place.build("parse")
    return place.root / "target" / "manifest.json"


@pytest.fixture(scope="module")
def models(manifest: Path) -> dict[str, Any]:
    nodes = json.loads(manifest.read_text())["nodes"].values()
    return {node["name"]: node for node in nodes if node["resource_type"] == "model"}


# The data dictionary


def write_dictionary(manifest: Path, output: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            *(sys.executable, str(PROJECT / "dev" / "data_dictionary.py")),
            *(f"--manifest={manifest}", f"--output={output}"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_data_dictionary_is_what_make_docs_writes(
    manifest: Path, tmp_path: Path
) -> None:
    done = write_dictionary(manifest, tmp_path / "page.md")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    page = (tmp_path / "page.md").read_text()
    # hand-picked: a file of each layout, a type, a column with nulls, one not in a file
    assert "\n- `vocab/course2id.json`: " in page
    assert "\n- `episodes/episodes_{split}_K{K}_Q{Q}.parquet`\n" in page
    assert "\n- `sequences/sequences.parquet`\n" in page
    assert "\n| `support_prefixes` | `list<list<int64>>` | " in page
    assert "\n| `rating` | `double` or null | " in page
    assert "\n| `gap_us` | in the database only | " in page
    stale = "docs/data-dictionary.md is stale: run make docs and commit the page"
    assert page == (DOCS / "data-dictionary.md").read_text(), stale


def without_a_description(nodes: dict[str, Any]) -> None:
    nodes["model.mooc_episodes.pairs"]["columns"]["label"]["description"] = ""


def without_a_column(nodes: dict[str, Any]) -> None:
    del nodes["model.mooc_episodes.pairs"]["columns"]["label"]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (without_a_description, "pairs.label: has no description"),
        (without_a_column, "column label is not described in the yml of pairs"),
        (None, "not a dbt manifest"),
    ],
)
def test_a_dictionary_that_cannot_be_made_is_reported_in_one_line(
    fault: Any, message: str, manifest: Path, tmp_path: Path
) -> None:
    damaged = tmp_path / "manifest.json"
    if fault:
        document = json.loads(manifest.read_text())
        fault(document["nodes"])
        damaged.write_text(json.dumps(document))
    done = write_dictionary(damaged, tmp_path / "page.md")
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert message in line
    assert not (tmp_path / "page.md").exists()


def test_every_model_and_every_column_is_described(models: dict[str, Any]) -> None:
    assert len(models) > 20
    missing = [
        f"{name}.{column['name']}"
        for name, model in models.items()
        for column in [{"name": "", **model}, *model["columns"].values()]
        if not column["description"].strip()
    ]
    assert missing == []


# Exposures


@pytest.fixture(scope="module")
def exposed(manifest: Path) -> dict[str, set[str]]:
    """The models of each exposure."""
    exposures = json.loads(manifest.read_text())["exposures"].values()
    return {
        exposure["name"]: {
            node.rsplit(".", 1)[1] for node in exposure["depends_on"]["nodes"]
        }
        for exposure in exposures
    }


def test_each_folder_of_artifacts_is_an_exposure_of_the_models_it_is_read_from(
    exposed: dict[str, set[str]],
) -> None:
    read: dict[str, set[str]] = {}
    for layout in LAYOUTS:
        for artifact in all_artifacts({**SETTINGS, "layout": layout}):
            folder = Path(artifact.path).parts[0]
            read.setdefault(f"{folder}_files", set()).add(artifact.model)
    files = {name: exposed[name] for name in exposed if name != "report_files"}
    assert files == read, "models/exposures.yml is not what contract.py lists"


def test_the_report_s_exposure_names_every_model_the_report_is_made_of(
    exposed: dict[str, set[str]],
    models: dict[str, Any],
    tiny: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: set[str] = set()

    def noted(dataset: str, name: str) -> str:
        read.add(name)
        return table(dataset, name)

    for module in pkgutil.walk_packages(mooc_episodes.__path__, "mooc_episodes."):
        # publish/parquet.py reads what the test above compares, and where users are;
        # torch.py needs PyTorch
        if module.name not in {"mooc_episodes.publish.parquet", "mooc_episodes.torch"}:
            loaded = importlib.import_module(module.name)
            if getattr(loaded, "table", None) is table:
                monkeypatch.setattr(loaded, "table", noted)
    export(ExportPaths(tiny.database, tmp_path, tmp_path / "r", tmp_path / "meta.json"))
    reported = {name for name, node in models.items() if node["fqn"][1] == "report"}
    message = "models/exposures.yml: report_files is not what the report reads"
    assert (
        exposed["report_files"] == reported | {"input_files"} | read & models.keys()
    ), message


# Bring your own data


def build_and_publish(workspace: Workspace, **settings: Any) -> dict[str, Any]:
    """Build under the settings, publish, verify, and return the report."""
    workspace.build(**settings)
    folder = workspace.publish()
    manifest = workspace.processed / "sample" / "manifest.json"
    assert verify(manifest)[1] == []
    return json.loads((folder / "report.json").read_text())


def episodes(workspace: Workspace) -> list[dict[str, Any]]:
    paths = (workspace.processed / "sample" / "episodes").glob(
        "episodes_*_K2_Q3.parquet"
    )
    return [episode for path in paths for episode in pq.read_table(path).to_pylist()]


# User 1: a tie of films 70 and 80, which is no label; then a second session. User 2 has
# too few events.
RATINGS = """userId,movieId,rating,timestamp
1,40,2.5,1000000000
1,9,3.0,1000000060
1,300,0.5,1000000070
1,20,4.0,1000000080
1,80,4.5,1000000090
1,70,2.0,1000000090
1,500,5.0,1000009000
2,9,4.0,990000000
2,40,4.0,990000001
"""


def test_the_page_s_preset_for_movielens_builds(workspace: Workspace) -> None:
    preset = preset_of_the_page("movielens")
    ratings = workspace.root / Path(preset["raw_events"]).name
    ratings.write_text(RATINGS)
    report = build_and_publish(workspace, **preset | {"raw_events": str(ratings)})
    raw, metrics = report["raw_data"], report["metrics"]
    assert (raw["n_rows"], raw["n_rejected"], raw["n_users"]) == (9, 0, 2)
    assert raw["n_rating_out_of_range"] == 1
    assert (metrics["n_users"], metrics["n_events"], metrics["n_items"]) == (1, 7, 7)
    assert (metrics["n_sessions"], metrics["n_events_tied"]) == (2, 2)
    assert metrics["n_pairs_total"] == 5
    # 9, 20, 40, 70, 80, 300, 500 are 0 to 6; 80 comes before 70: user 1's key begins
    # with bb, that of 70 with 57, of 80 with c7; the bits that differ are ec and 7c
    [episode] = episodes(workspace)
    assert episode["support_labels"] == [0, 5]
    assert episode["query_labels"] == [1, 4, 6]
    assert episode["query_prefixes"][-1] == [2, 0, 5, 1, 4, 3]


def tracked(
    user: str, course: str, time: str, event_type: str = "play_video"
) -> dict[str, Any]:
    """A line of a tracking log."""
    key = f"course-v1:Org+{course}+2014" if course else ""
    return {
        "username": user,
        "event_type": event_type,
        "time": f"2014-03-01T{time}",
        "context": {"course_id": key, "org_id": "Org"},
        "event": "{}",
    }


# ana: B twice, A (its time is in another zone), a pause of 40 minutes, B, C, A, C
LOG = [
    tracked("ana", "B", "09:00:00.123456+00:00"),
    tracked("ana", "B", "09:10:00.000000+00:00"),
    tracked("ana", "A", "11:20:00.000000+02:00"),
    tracked("ana", "B", "10:00:00.000000+00:00"),
    tracked("ana", "C", "10:05:00.000000+00:00"),
    tracked("ana", "A", "10:06:00.000000+00:00"),
    tracked("ana", "C", "10:07:00.000000+00:00"),
    tracked("ben", "A", "09:00:00.000000+00:00"),
    tracked("", "A", "09:00:00.000000+00:00"),
    tracked("ben", "", "09:01:00.000000+00:00"),
    tracked("ben", "A", "09:02:00.000000+00:00", "problem_check"),
]


def test_the_page_s_sql_and_preset_for_edx_build(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    preset = preset_of_the_page("edx")
    events = workspace.root / preset["raw_events"]
    events.parent.mkdir(parents=True)
    lines = "".join(json.dumps(line) + "\n" for line in LOG)
    (events.parent / "tracking.log.gz").write_bytes(gzip.compress(lines.encode()))
    with monkeypatch.context() as patch:
        patch.chdir(workspace.root)
        duckdb.sql(flattening_of_edx())
    report = build_and_publish(workspace, **preset | {"raw_events": str(events)})
    raw, metrics = report["raw_data"], report["metrics"]
    assert (raw["n_rows"], raw["n_rejected"], raw["n_users"]) == (8, 0, 2)
    assert (metrics["n_users"], metrics["n_events"], metrics["n_items"]) == (1, 7, 3)
    assert (metrics["n_sessions"], metrics["n_pairs_total"]) == (2, 5)
    vocab = workspace.processed / "sample" / "vocab" / "course2id.json"
    assert json.loads(vocab.read_text()) == {
        f"course-v1:Org+{course}+2014": item for item, course in enumerate("ABC")
    }
    [episode] = episodes(workspace)
    assert episode["user_id"] == "ana"
    assert episode["support_labels"] == [0, 1]
    assert episode["query_labels"] == [2, 0, 2]
    assert episode["query_prefixes"][-1] == [1, 0, 1, 2, 0]


def rows_for(dataset: str) -> list[tuple[Any, ...]]:
    """The rows of the dataset's select on the page, over the files at hand."""
    return duckdb.sql(selected_for(dataset)).order("all").fetchall()


def test_the_page_s_select_names_the_learners_of_enrolments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "data" / "raw" / "kdd"
    folder.mkdir(parents=True)
    (folder / "enrollment_train.csv").write_text(
        "enrollment_id,username,course_id\n1,ana,A\n2,ana,B\n3,ben,A\n"
    )
    (folder / "log_train.csv").write_text(
        "enrollment_id,time,source,event,object\n"
        "1,2014-02-18T19:19:33,server,problem,p1\n"
        "2,2014-02-19T10:00:00,browser,video,v9\n"
        "3,2014-02-20T10:00:00,browser,video,v1\n"
        "4,2014-02-21T10:00:00,browser,video,v1\n"
    )
    monkeypatch.chdir(tmp_path)
    assert rows_for("kdd") == [
        ("ana", "p1", "2014-02-18T19:19:33"),
        ("ana", "v9", "2014-02-19T10:00:00"),
        ("ben", "v1", "2014-02-20T10:00:00"),
        (None, "v1", "2014-02-21T10:00:00"),
    ]


def test_the_page_s_select_adds_milliseconds_to_a_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "data" / "raw" / "diginetica"
    folder.mkdir(parents=True)
    (folder / "train-item-views.csv").write_text(
        "sessionId;userId;itemId;timeframe;eventdate\n"
        "1;NA;24220;9457;2016-02-25\n"
        "2;7;24220;61001;2016-02-25\n"
        "2;7;68395;9457;2016-02-25\n"
    )
    monkeypatch.chdir(tmp_path)
    assert rows_for("diginetica") == [
        ("7", "24220", datetime(2016, 2, 25, 0, 1, 1, 1000)),
        ("7", "68395", datetime(2016, 2, 25, 0, 0, 9, 457000)),
    ]


# Six days of a course that starts on 2013-10-01, its first on day -1
ACTIVITY = (
    "code_module,code_presentation,id_student,id_site,date,sum_click\n"
    + "".join(
        f"AAA,2013J,11391,5466{day % 4},{day},{day + 2}\n" for day in range(-1, 5)
    )
)


def test_the_page_s_sql_and_command_for_oulad_build(workspace: Workspace) -> None:
    page = OWN_DATA[OWN_DATA.index("**OULAD**: ") :]
    _, select, command = re.split(r"```(?:sql|console)\n", page)[:3]
    select, command = select.partition("```")[0], command.partition("```")[0]
    found = re.fullmatch(
        r"\$ make run DATASET=(\w+) RAW_EVENTS=relation:(\w+) \\\n +VARS='(.*)'\n",
        command,
    )
    assert found
    dataset, model, settings = found.groups()
    assert f'enabled=var("dataset") == "{dataset}"' in select
    assert f"`models/own/{model}.sql`" in page
    folder = workspace.root / "data" / "raw" / "oulad"
    folder.mkdir(parents=True)
    (folder / "studentVle.csv").write_text(ACTIVITY + "BBB,2013J,11391,1,1,1\n")
    (folder / "starts.csv").write_text(
        "code_module,code_presentation,start_date\nAAA,2013J,2013-10-01\n"
    )
    sql = select.partition("}}")[2].replace("data/raw/oulad", str(folder))
    with duckdb.connect(str(workspace.database)) as database:
        database.execute(f"create schema lms; create view lms.{model} as {sql}")
    report = build_and_publish(
        workspace, raw_events=f"relation:lms.{model}", **yaml.safe_load(settings)
    )
    raw, metrics = report["raw_data"], report["metrics"]
    assert (raw["n_rows"], raw["n_rejected"], raw["n_users"]) == (6, 0, 1)
    assert (metrics["n_items"], metrics["n_pairs_total"]) == (4, 5)
    # 2013-09-30 00:00:00 UTC
    assert raw["first_ts_epoch"] == 1380499200


# Pages


def test_every_relative_link_of_a_page_leads_somewhere() -> None:
    pages = [*PROJECT.glob("*.md"), *DOCS.rglob("*.md")]
    links = [
        (page, link)
        for page in pages
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    ]
    assert len(links) > 50
    broken = [
        f"{page.name}: {link}"
        for page, link in links
        if not (page.parent / link).exists()
    ]
    assert broken == []


def test_the_index_of_docs_has_every_page() -> None:
    index = (DOCS / "README.md").read_text()
    pages = {page.name for page in DOCS.glob("*.md")} - {"README.md"}
    assert {page for page in pages if f"]({page})" not in index} == set()


def test_the_citation_has_the_project_s_version_authors_and_licence() -> None:
    citation = yaml.safe_load((PROJECT / "CITATION.cff").read_text())
    licence = (PROJECT / "LICENSE").read_text()
    assert citation["cff-version"] == "1.2.0"
    assert citation["title"] == "mooc-episodes"
    assert citation["version"] == mooc_episodes.__version__
    [author] = citation["authors"]
    assert f" {author['name']}\n" in licence
    assert licence.startswith(f"{citation['license']} License")
