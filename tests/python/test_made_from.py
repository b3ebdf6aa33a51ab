"""The manifest of a folder says what it is made from, and by which commit."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

import mooc_episodes
from conftest import PROJECT, TINY, TINY_SETTINGS, Workspace, sha256
from mooc_episodes.base.checkout import commit
from mooc_episodes.manifest.reading import SETTINGS
from mooc_episodes.verify.checks import verify


def read_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def git(folder: Path, *arguments: str) -> str:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    done = subprocess.run(
        ["git", *who, *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A published folder of two files of events, with a licence; not to change."""
    place = Workspace(tmp_path_factory.mktemp("made"))
    header, *rows = TINY.splitlines()
    for name, own in {"a.csv": rows[:2], "b.csv": rows[2:]}.items():
        (place.root / name).write_text("\n".join([header, *own, ""]))
    place.build(
        "run",
        raw_events=str(place.root / "[ab].csv"),
        licence="ask before you use it",
        **TINY_SETTINGS,
    )
    place.publish()
    place.publish("--layout=compact")
    return place.processed / "sample"


def test_it_has_each_input_file_with_its_hash_and_the_rows_of_all(folder: Path) -> None:
    root = folder.parents[1]
    made = read_json(folder / "manifest.json")["made_from"]
    assert made["input"] == {
        "rows": len(TINY.splitlines()) - 1,
        "files": [
            {
                "path": name,
                "bytes": (root / name).stat().st_size,
                "sha256": sha256(root / name),
            }
            for name in ("a.csv", "b.csv")
        ],
    }
    assert made["licence"] == "ask before you use it"
    assert "ask before you use it" in (folder / "README.md").read_text()


def test_it_has_every_setting_once(folder: Path) -> None:
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())
    manifest = read_json(folder / "manifest.json")
    checked, others = manifest["settings"], manifest["made_from"]["settings"]
    assert {*checked} == {*SETTINGS}
    assert not {*checked} & {*others}
    # the licence has a place of its own
    every = {*project["vars"]["presets"]["sample"], "dataset", "layout"} - {"licence"}
    assert every <= {*checked, *others}
    assert others["raw_events"] == "[ab].csv"
    assert others["max_rejected_fraction"] == 0.01


@pytest.mark.parametrize("layout", ["sample", "sample.compact"])
def test_no_place_of_this_machine_is_in_a_folder(layout: str, folder: Path) -> None:
    published = folder.with_name(layout)
    for name in ("manifest.json", "README.md", "croissant.json"):
        text = (published / name).read_text()
        for place in (folder.parents[1], PROJECT, Path.home()):
            assert f"{place}/" not in text
    assert verify(published / "manifest.json")[1] == []


def test_version_and_commit_are_also_in_the_run_s_settings(folder: Path) -> None:
    made = read_json(folder / "manifest.json")["made_from"]
    [config, _] = folder.parents[1].glob("reports/*/*/config.json")
    versions = read_json(config)["versions"]
    for found in (made, versions):
        assert found["mooc_episodes"] == mooc_episodes.__version__
        assert found["commit"] == commit()


def test_the_presets_of_the_archive_name_its_terms() -> None:
    presets = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["vars"][
        "presets"
    ]
    terms = "terms of the archive, https://doi.org/10.7910/DVN/BMY3UD"
    found = {name: presets[name]["licence"] for name in presets}
    assert found == {"sample": None, "mars": terms, "mars_fr": terms, "xuetangx": None}


def test_an_input_that_is_a_table_has_rows_and_no_hash(workspace: Workspace) -> None:
    with duckdb.connect(str(workspace.database)) as connection:
        connection.execute("create schema logs")
        (workspace.root / "tiny.csv").write_text(TINY)
        connection.execute(
            "create table logs.events as select * from"
            f" read_csv('{workspace.root / 'tiny.csv'}', all_varchar = true)"
        )
    workspace.build("run", raw_events="relation:logs.events", **TINY_SETTINGS)
    workspace.publish()
    manifest = workspace.processed / "sample" / "manifest.json"
    assert read_json(manifest)["made_from"]["input"] == {
        "rows": len(TINY.splitlines()) - 1,
        "files": [{"path": "relation:logs.events", "bytes": None, "sha256": None}],
    }
    assert verify(manifest)[1] == []


# The commit


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with a model and a page, committed."""
    project = tmp_path / "project"
    for name in ("models/a.sql", "docs/a.md"):
        (project / name).parent.mkdir(parents=True)
        (project / name).write_text("a\n")
    (project / ".gitignore").write_text("__pycache__\n")
    git(project, "init", "--quiet")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message=a")
    return project


def test_the_commit_is_that_of_the_checkout(checkout: Path) -> None:
    assert commit(checkout) == git(checkout, "rev-parse", "HEAD")


@pytest.mark.parametrize("name", ["models/a.sql", "models/b.sql", "dbt_project.yml"])
def test_a_changed_or_added_source_makes_it_dirty(name: str, checkout: Path) -> None:
    (checkout / name).write_text("b\n")
    assert commit(checkout) == git(checkout, "rev-parse", "HEAD") + "-dirty"


@pytest.mark.parametrize("name", ["docs/a.md", "events.csv", "models/__pycache__"])
def test_what_computes_nothing_does_not(name: str, checkout: Path) -> None:
    (checkout / name).write_text("b\n")
    assert commit(checkout) == git(checkout, "rev-parse", "HEAD")


def test_a_project_that_is_no_checkout_of_its_own_has_none(
    checkout: Path, tmp_path: Path
) -> None:
    assert commit(checkout / "models") is None
    copied = shutil.copytree(checkout, tmp_path / "copied", ignore=lambda *_: [".git"])
    assert commit(Path(copied)) is None


def test_without_git_or_a_commit_there_is_none(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    empty = checkout.with_name("empty")
    empty.mkdir()
    git(empty, "init", "--quiet")
    assert commit(empty) is None
    monkeypatch.setenv("PATH", str(empty))
    assert commit(checkout) is None


def test_another_checkout_in_the_environment_is_not_asked(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = commit(checkout)
    monkeypatch.setenv("GIT_DIR", str(checkout.with_name("elsewhere")))
    assert commit(checkout) == expected
