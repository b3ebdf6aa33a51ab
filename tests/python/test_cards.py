"""README.md and croissant.json of a published folder.

That other tools read them is tested with these tools: tests/peers, make test-peers.
"""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml

import mooc_episodes
from conftest import PROJECT, Workspace, sha256
from mooc_episodes.contract import all_artifacts
from mooc_episodes.publish.cards import configurations, size_of, source_of
from mooc_episodes.verify.checks import verify

SPLITS = {"train": "train", "validation": "val", "test": "test"}


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    place = Workspace(tmp_path_factory.mktemp("sample"))
    items = place.root / "items.csv"
    items.write_text("item_id,title\n7,First steps\n")
    place.build("run", items=str(items))
    place.publish()
    place.publish("--layout=compact")
    return place


@pytest.fixture(scope="module", params=["sample", "sample.compact"])
def folder(request: pytest.FixtureRequest, sample: Workspace) -> Path:
    return sample.processed / request.param


def front_matter(folder: Path) -> dict[str, Any]:
    _, found, _ = (folder / "README.md").read_text().split("---\n", 2)
    parsed: dict[str, Any] = yaml.safe_load(found)
    return parsed


def croissant(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "croissant.json").read_text())
    return found


def test_the_card_names_every_split_s_file(folder: Path) -> None:
    card = front_matter(folder)
    assert (card["license"], card["size_categories"]) == ("mit", ["1K<n<10K"])
    [default] = [one for one in card["configs"] if one.get("default")]
    assert default["config_name"] == "pairs"
    names = {one["config_name"]: one["data_files"] for one in card["configs"]}
    assert [*names] == ["pairs", "episodes", "sequences", "sessions", "events", "items"]
    loaded = {"pairs": "pairs_{}", "episodes": "episodes_{}_K2_Q3"}
    if folder.name == "sample.compact":
        loaded = {"pairs": "pair_offsets_{}", "episodes": "episode_offsets_{}_K2_Q3"}
    for kind, name in loaded.items():
        assert names[kind] == [
            {"split": split, "path": f"{kind}/{name.format(own)}.parquet"}
            for split, own in SPLITS.items()
        ]
    for files in names.values():
        assert all((folder / file["path"]).is_file() for file in files)


def test_the_card_has_the_figures_of_the_evaluation(folder: Path) -> None:
    card = (folder / "README.md").read_text()
    found = mooc_episodes.open(folder).baselines("test")
    for name, result in found.items():
        shown = f"{result.hr:.3f} [{result.hr_low:.3f}, {result.hr_high:.3f}]"
        assert f"| {name} | {shown} |" in card


def test_croissant_has_every_artifact_with_its_sha256(folder: Path) -> None:
    listed = {file["@id"]: file for file in croissant(folder)["distribution"]}
    settings = mooc_episodes.open(folder).settings
    assert [*listed] == [artifact.path for artifact in all_artifacts(settings)]
    for path, file in listed.items():
        assert file["contentUrl"] == path
        assert file["sha256"] == sha256(folder / path)
        assert file["contentSize"] == f"{(folder / path).stat().st_size} B"


def test_croissant_has_every_column_of_every_table(folder: Path) -> None:
    tables = {}
    for records in croissant(folder)["recordSet"]:
        [path] = {field["source"]["fileObject"]["@id"] for field in records["field"]}
        tables[path] = [
            field["source"]["extract"]["column"] for field in records["field"]
        ]
    assert tables == {
        path.relative_to(folder.resolve()).as_posix(): pq.read_schema(path).names
        for path in folder.resolve().rglob("*.parquet")
    }
    assert "title" in tables["vocab/items.parquet"]


def test_cards_name_no_place_and_no_date(folder: Path, sample: Workspace) -> None:
    for name in ("README.md", "croissant.json"):
        text = (folder / name).read_text()
        for place in (sample.root, sample.processed, PROJECT, Path.home()):
            assert f"{place}/" not in text
        without_links = re.sub(r"https?://\S+", "", text)
        assert not re.search(
            r"20\d\d-\d\d-\d\d|20\d\d[01]\d[0-3]\d_\d{6}", without_links
        )


def test_cards_are_the_same_again(sample: Workspace) -> None:
    own = sample.processed / "sample"
    before = {name: sha256(own / name) for name in ("README.md", "croissant.json")}
    sample.publish()
    assert {name: sha256(own / name) for name in before} == before


def test_the_manifest_lists_the_cards(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    listed = {entry["path"]: entry for entry in manifest["artifacts"]}
    for name in ("README.md", "croissant.json"):
        assert listed[name]["sha256"] == sha256(folder / name)
        assert listed[name]["rows"] is None
    assert verify(folder)[1] == []


def forged(folder: Path, tmp_path: Path, name: str, text: str | None) -> Path:
    """A copy with another card, and a manifest that agrees with it."""
    copied = tmp_path / folder.name
    shutil.copytree(folder.resolve(), copied)
    manifest = json.loads((copied / "manifest.json").read_text())
    [entry] = [one for one in manifest["artifacts"] if one["path"] == name]
    if text is None:
        (copied / name).unlink()
        manifest["artifacts"].remove(entry)
    else:
        (copied / name).write_text(text)
        size = (copied / name).stat().st_size
        entry |= {"bytes": size, "sha256": sha256(copied / name)}
    (copied / "manifest.json").write_text(json.dumps(manifest))
    return copied


@pytest.mark.parametrize("name", ["README.md", "croissant.json"])
def test_verify_misses_a_card(folder: Path, tmp_path: Path, name: str) -> None:
    problems = verify(forged(folder, tmp_path, name, None))[1]
    assert [problem.partition(": ")[2] for problem in problems] == [
        f"does not list {name}"
    ]


def test_verify_compares_the_hashes_of_croissant(folder: Path, tmp_path: Path) -> None:
    document = croissant(folder)
    document["distribution"][3]["sha256"] = "0" * 64
    copied = forged(folder, tmp_path, "croissant.json", json.dumps(document))
    path = document["distribution"][3]["@id"]
    assert verify(copied)[1] == [
        f'{copied}/croissant.json: sha256 of "{path}" is not that of the manifest'
    ]


@pytest.mark.parametrize("text", ["[]", "{}", '{"distribution": [{}]}'])
def test_verify_wants_croissant(folder: Path, tmp_path: Path, text: str) -> None:
    copied = forged(folder, tmp_path, "croissant.json", text)
    assert verify(copied)[1] == [
        f"{copied}/croissant.json: not Croissant metadata of an export"
    ]


def test_files_without_rows_are_not_loaded(folder: Path) -> None:
    artifacts = all_artifacts(mooc_episodes.open(folder).settings)
    rows = {one.path: int("train" in one.path) for one in artifacts}
    found = configurations(artifacts, rows)
    assert [*found] == ["pairs", "episodes"]
    assert all([*files] == ["train"] for files in found.values())


@pytest.mark.parametrize(
    ("n_pairs", "name"),
    [
        (0, "n<1K"),
        (999, "n<1K"),
        (1000, "1K<n<10K"),
        (10**8 - 1, "10M<n<100M"),
        (10**8, "100M<n<1B"),
    ],
)
def test_sizes(n_pairs: int, name: str) -> None:
    assert size_of(n_pairs) == name


def test_the_licence_is_named_where_it_is_known() -> None:
    assert source_of("mars", is_sample=True).license == "mit"
    archive = source_of("mars_fr", is_sample=False)
    assert (archive.license, archive.terms) == (
        "other",
        "https://doi.org/10.7910/DVN/BMY3UD",
    )
    assert "10.1609/aaai" in source_of("xuetangx", is_sample=False).cite
    assert source_of("own", is_sample=False).license == "unknown"
