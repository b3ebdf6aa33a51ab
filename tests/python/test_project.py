"""The project holds nothing that is not used."""

import json
from typing import Any

from conftest import Workspace

CALLED_BY_DBT = {"macro.mooc_episodes.generate_schema_name"}


def macros_used(manifest: dict[str, Any]) -> set[str]:
    """The macros that a model, a test or a hook calls, directly or through others."""
    nodes = manifest["nodes"].values()
    found: set[str] = set()
    new = {macro for node in nodes for macro in node["depends_on"].get("macros", [])}
    while new:
        found |= new
        called = (manifest["macros"][macro]["depends_on"]["macros"] for macro in new)
        new = {macro for macros in called for macro in macros} - found
    return found


def test_every_macro_is_used(workspace: Workspace) -> None:
    workspace.build("parse")
    manifest = json.loads((workspace.root / "target" / "manifest.json").read_text())
    ours = {name for name in manifest["macros"] if name.startswith("macro.mooc_epi")}
    assert len(ours) > 20
    assert ours - macros_used(manifest) == CALLED_BY_DBT
