"""The project holds nothing that is not used, and its folders run one way."""

import json
from typing import Any

from conftest import Workspace

CALLED_BY_DBT = {
    "macro.mooc_episodes.generate_schema_name",
    "macro.mooc_episodes.run_hooks",
}
# the way of an event; a model reads from its own folder and those before it
FOLDERS = [
    "input",
    "users",
    "sessionization",
    "sequences",
    "few_shot",
    "compact",
    "report",
]
DISPATCHED_BY_DBT = {"get_empty_schema_sql", "persist_constraints", "safe_cast"}


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


def test_every_macro_is_used(workspace: Workspace) -> None:
    workspace.build("parse")
    manifest = json.loads((workspace.root / "target" / "manifest.json").read_text())
    ours = {name for name in manifest["macros"] if name.startswith("macro.mooc_epi")}
    of_spark = {name for name in ours if ".spark__" in name}
    assert len(ours - of_spark) > 20
    assert ours - macros_used(manifest, of_spark) == CALLED_BY_DBT
    # each of Spark's stands for one of DuckDB's, or for one of dbt's
    names = {name.split("spark__")[1] for name in of_spark}
    of_duckdb = {name.split("duckdb__")[1] for name in ours if ".duckdb__" in name}
    assert names == of_duckdb | DISPATCHED_BY_DBT


def test_no_model_reads_from_a_later_folder(workspace: Workspace) -> None:
    workspace.build("parse")
    manifest = json.loads((workspace.root / "target" / "manifest.json").read_text())
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
