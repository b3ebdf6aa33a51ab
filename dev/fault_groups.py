"""Which faults can be tried together: those whose unit tests have no model in common.

A unit test sees its own model, the macros that the model uses, and no other model. If
no model is reached by two faults, a failing unit test was caused by the fault that
reaches its model.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import Macro

from faults import Fault

Reach = dict[str, frozenset[str]]


def reach(manifest: dict[str, Any]) -> Reach:
    """The models whose unit tests see a file, for each file of models and macros.

    Left out are files that something else sees, too (hooks, tests of data, dbt's own
    macros), and those that reach a model without unit tests.
    """
    tested = {
        model
        for test in manifest["unit_tests"].values()
        for model in test["depends_on"]["nodes"]
    }
    users = users_of_macros(manifest)
    reached = {file: with_users(ids, users) for file, ids in in_files(manifest).items()}
    return {
        file: frozenset(models)
        for file, ids in reached.items()
        if (models := {id_ for id_ in ids if not id_.startswith("macro.")})
        and models <= tested
        and not has_macros_of_dbt(ids, manifest)
    }


def in_files(manifest: dict[str, Any]) -> dict[str, set[str]]:
    """The project's macros and nodes in each file, by id."""
    found: dict[str, set[str]] = defaultdict(set)
    for id_, one in [*manifest["macros"].items(), *manifest["nodes"].items()]:
        if one["package_name"] == manifest["metadata"]["project_name"]:
            found[one["original_file_path"]].add(id_)
    return found


def users_of_macros(manifest: dict[str, Any]) -> dict[str, set[str]]:
    """The macros and nodes that call each macro, by id."""
    users: dict[str, set[str]] = defaultdict(set)
    for id_, one in [*manifest["macros"].items(), *manifest["nodes"].items()]:
        for used in one["depends_on"]["macros"]:
            users[used].add(id_)
    return users


def with_users(ids: set[str], users: dict[str, set[str]]) -> set[str]:
    """These, and the macros and nodes that use them, directly or through others."""
    found, open_ones = set(ids), list(ids)
    while open_ones:
        new = users.get(open_ones.pop(), set()) - found
        found |= new
        open_ones += new
    return found


def has_macros_of_dbt(ids: set[str], manifest: dict[str, Any]) -> bool:
    """Whether a macro among these is called by dbt itself: it has the name of one."""
    macros, project = manifest["macros"], manifest["metadata"]["project_name"]
    of_dbt = {one["name"] for one in macros.values() if one["package_name"] != project}
    names = {macros[id_]["name"] for id_ in ids & macros.keys()}
    return bool({re.sub("^(?:duckdb|spark)__", "", name) for name in names} & of_dbt)


def make_in_parsed(manifest: Manifest, fault: Fault, text: str) -> None:
    """Make a fault in the models, tests or macros that dbt has parsed from a text."""
    for one in [*manifest.nodes.values(), *manifest.macros.values()]:
        if one.original_file_path != fault.file:
            continue
        code = "macro_sql" if isinstance(one, Macro) else "raw_code"
        start = text.index(getattr(one, code))
        end = start + len(getattr(one, code))
        if start <= fault.edit.start and fault.edit.end <= end:
            after = len(text) - end
            broken = fault.apply(text)
            setattr(one, code, broken[start : len(broken) - after])


def packed(faults: Iterable[Fault], reach: Reach) -> list[list[Fault]]:
    """The faults that can be tried together, in as few groups as it is easy to find.

    The faults that reach most are placed first, each in the first group with room.
    """
    order = [fault for fault in faults if fault.file in reach]
    order.sort(key=lambda fault: (-len(reach[fault.file]), fault.file))
    groups: list[list[Fault]] = []
    taken: list[set[str]] = []
    for fault in order:
        models = reach[fault.file]
        place = next((i for i, one in enumerate(taken) if not one & models), len(taken))
        if place == len(taken):
            groups.append([])
            taken.append(set())
        groups[place].append(fault)
        taken[place] |= models
    return groups
