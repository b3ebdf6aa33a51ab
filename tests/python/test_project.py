"""Nothing is unused, each macro has its place, and the model folders run one way."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

import pytest
import yaml

from conftest import PROJECT, SHAPING, Workspace
from mooc_episodes.contract import SPLITS

OVERRIDES = {
    "generate_schema_name",
    "get_empty_schema_sql",
    "get_table_columns_and_constraints",
    "run_hooks",
}
DISPATCHED_BY_DBT = {"persist_constraints", "safe_cast"}
OF_AN_ENGINE = re.compile("(?:duckdb|spark)__(.+)")

# in the order of the data flow; a model reads from its own folder and earlier ones
FOLDERS = [
    "input",
    "users",
    "sessionization",
    "items",
    "sequences",
    "few_shot",
    "compact",
    "evaluation",
    "report",
]

Macros = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    place = Workspace(tmp_path_factory.mktemp("project"))
    place.build("parse", "--warn-error")
    found: dict[str, Any] = json.loads(
        (place.root / "target/manifest.json").read_text()
    )
    return found


@pytest.fixture(scope="module")
def macros(manifest: dict[str, Any]) -> Macros:
    """The project's macros but for the generic tests, by their names."""
    return {
        macro["name"]: macro
        for macro in manifest["macros"].values()
        if macro["package_name"] == "mooc_episodes"
        and folder(macro).parts[0] == "macros"
    }


def folder(node: dict[str, Any]) -> PurePath:
    return PurePath(node["original_file_path"]).parent


def is_public(name: str) -> bool:
    return not name.startswith("_") and not OF_AN_ENGINE.match(name)


def calls(manifest: dict[str, Any]) -> Iterator[tuple[dict[str, Any], str]]:
    """Each macro, model, test or hook with the name of each macro it calls."""
    for kind in ("macros", "nodes", "unit_tests"):
        for node in manifest[kind].values():
            for called in node["depends_on"].get("macros", []):
                yield node, manifest["macros"][called]["name"]


def macros_used(manifest: dict[str, Any], also: set[str]) -> set[str]:
    """The macros that a model, a test, a hook or one of also calls, at any remove."""
    nodes = manifest["nodes"].values()
    found: set[str] = set()
    new = {macro for node in nodes for macro in node["depends_on"].get("macros", [])}
    new |= also
    while new:
        found |= new
        called = (manifest["macros"][macro]["depends_on"]["macros"] for macro in new)
        new = {macro for macros in called for macro in macros} - found
    return found


def test_every_macro_is_used(manifest: dict[str, Any]) -> None:
    ours = {name for name in manifest["macros"] if name.startswith("macro.mooc_epi")}
    of_spark = {name for name in ours if ".spark__" in name}
    overrides = {f"macro.mooc_episodes.{name}" for name in OVERRIDES}
    assert len(ours - of_spark) > 20
    assert ours - macros_used(manifest, of_spark | overrides) == set()
    # each of Spark's stands for one of DuckDB's, or for one of dbt's
    names = {name.split("spark__")[1] for name in of_spark}
    of_duckdb = {name.split("duckdb__")[1] for name in ours if ".duckdb__" in name}
    assert names == of_duckdb | DISPATCHED_BY_DBT


def test_only_macros_of_engine_dispatch(macros: Macros) -> None:
    dispatching = {
        str(folder(macro))
        for name, macro in macros.items()
        if "dispatch" in macro["macro_sql"] or OF_AN_ENGINE.match(name)
    }
    assert dispatching == {"macros/engine"}


def test_only_macros_of_engine_ask_which_engine_it_is() -> None:
    asking = {
        path.parent.relative_to(PROJECT).as_posix()
        for kind in ("macros", "models", "tests")
        for path in (PROJECT / kind).rglob("*.sql")
        if re.search(r"\btarget\W+(?:type|name)\b", path.read_text())
    }
    assert asking == {"macros/engine"}


def test_a_file_of_engine_holds_the_function_it_is_named_for(macros: Macros) -> None:
    for name, macro in macros.items():
        path = PurePath(macro["original_file_path"])
        if path.parent.name == "engine" and not name.startswith("_"):
            function = OF_AN_ENGINE.match(name)
            assert path.stem == (function[1] if function else name)


def test_every_public_macro_is_documented_in_the_yml_of_its_folder(
    macros: Macros,
) -> None:
    for name, macro in macros.items():
        assert bool(macro["description"]) == is_public(name), name
        if is_public(name):
            yml = f"{folder(macro)}/_{folder(macro).name}.yml"
            assert macro["patch_path"] == f"mooc_episodes://{yml}"
            assert all(own["type"] and own["description"] for own in macro["arguments"])


def test_a_private_macro_is_called_in_its_own_folder_only(
    manifest: dict[str, Any], macros: Macros
) -> None:
    private = {name for name in macros if name.startswith("_")}
    assert len(private) > 5
    called = set()
    for caller, name in calls(manifest):
        if name in private:
            called.add(name)
            assert folder(caller) == folder(macros[name]), (caller["name"], name)
    assert called == private


def test_the_splits_are_those_of_the_contract(macros: Macros) -> None:
    [listed] = re.findall(r"return\((.+)\)", macros["splits"]["macro_sql"])
    assert tuple(ast.literal_eval(listed)) == SPLITS


def test_no_model_reads_from_a_later_folder(manifest: dict[str, Any]) -> None:
    folders = {
        name: node["fqn"][1]
        for name, node in manifest["nodes"].items()
        if node["resource_type"] == "model"
    }
    assert set(folders.values()) == set(FOLDERS)
    assert [
        (name, parent)
        for name, folder in folders.items()
        for parent in manifest["nodes"][name]["depends_on"]["nodes"]
        if FOLDERS.index(folders[parent]) > FOLDERS.index(folder)
    ] == []


def test_every_model_imports_at_the_top() -> None:
    import_cte = re.compile(
        r"\w+ as \(\n\n    select \* from \{\{ ref\(\"\w+\"\) \}\}\n\n\)"
    )
    n_imports = 0
    for path in sorted((PROJECT / "models").rglob("*.sql")):
        text = re.sub(r"^-- depends_on:.*\n", "", path.read_text(), flags=re.MULTILINE)
        imports = import_cte.findall(text)
        n_imports += len(imports)
        assert len(imports) == text.count("ref("), path
        start = text.find("with ")
        above = ",\n\n".join(imports)
        assert text[start:].startswith(f"with {above}") or not imports, path
    assert n_imports > 30


# another value than the default for each setting that the tests' parsing leaves out
OTHER_VALUES = {
    "csv": {"delimiter": ";", "header": False, "null_values": ["NA"]},
    "columns": {"user_id": 1, "item_id": 2, "created_at": 3, "rating": None},
    "time_format": "days",
    "time_origin": "2000-01-01",
    "implausible_times": "allow",
    "user_id_type": "varchar",
    "item_id_type": "varchar",
    "min_interactions": 7,
    "split_ratios": [1, 0, 0],
    "split_seed": 1,
    "vocab_order": "shuffled",
    "items": "items.csv",
    "deduplicate_consecutive": False,
    "session_gap_seconds": 0,
    "episode_k": 1,
    "episode_q": 1,
    "max_prefix_len": 1,
    "max_prefix_gib": 1,
    "max_user_prefix_gib": 1,
    "tested_pairs": 1,
    "evaluation_budget": 1,
    "max_rejected_fraction": 1,
    "licence": "CC0",
}


def test_only_some_settings_shape_the_project(workspace: Workspace) -> None:
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())
    defaults = project["vars"]["presets"]["sample"]
    assert OTHER_VALUES.keys() | {*SHAPING, "raw_events"} == {"dataset", *defaults}
    assert all(value != defaults[name] for name, value in OTHER_VALUES.items())
    shapes = []
    for settings in ({}, OTHER_VALUES):
        workspace.build("parse", "--write-json", **settings)
        manifest = json.loads((workspace.root / "target/manifest.json").read_text())
        shapes.append(
            {
                name: [node[of] for of in ("depends_on", "config", "columns", "schema")]
                for name, node in manifest["nodes"].items()
            }
        )
    assert shapes[0] == shapes[1]
