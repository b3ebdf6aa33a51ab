"""Write docs/data-dictionary.md: every file and column, as the models describe them.

Generated from dbt's manifest and the list of artifacts, so that nothing is described
twice. `make docs` runs it; a test fails if the page is out of date.

Exit codes: 0 written, 1 failed (one line says why), 2 wrong usage, 130 interrupted.
"""

import itertools
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import pyarrow as pa

import _src  # noqa: F401, the package next to this folder
from mooc_episodes.base.errors import UserError
from mooc_episodes.base.paths import PROJECT
from mooc_episodes.cli import command, options
from mooc_episodes.contract import (
    IN_MODELS,
    LAYOUTS,
    Artifact,
    JsonArtifact,
    ParquetArtifact,
    all_artifacts,
)

PAGE = PROJECT / "docs" / "data-dictionary.md"
MANIFEST = PROJECT / "target" / "manifest.json"
# the sample's types; the braces survive formatting as {K} and {Q} in file names
SETTINGS = {
    "user_id_type": "bigint",
    "item_id_type": "bigint",
    "episode_k": "{{K}}",
    "episode_q": "{{Q}}",
}
HEAD = """# Data dictionary

What an export publishes, and what each column means. `make docs` generates this page
from the models' descriptions: to change one, edit the yml next to the model.

`{split}` is train, val or test, with one file each; `{K}` and `{Q}` are `episode_k` and
`episode_q`. Types are those in the files; a column can be null only if its type says
"or null". User and course ids are `int64`, or `string` if `user_id_type` or
`item_id_type` is varchar. Columns "in the database only" are not in the file."""

Model = dict[str, Any]


def read_models(manifest: Path) -> dict[str, Model]:
    """The project's models from dbt's manifest, by name.

    Raises:
        UserError: The file is missing or is not a dbt manifest.
    """
    try:
        nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values()
    except (OSError, ValueError, KeyError) as error:
        raise UserError(
            f"{manifest}: not a dbt manifest ({error}); run make docs"
        ) from None
    return {node["name"]: node for node in nodes if node["resource_type"] == "model"}


def files() -> dict[str, list[Artifact]]:
    """The artifacts by the title of their layout, with one entry for all splits."""
    full, compact = (
        {path_of(own): own for own in all_artifacts({**SETTINGS, "layout": layout})}
        for layout in LAYOUTS
    )
    return {
        "Files of both layouts": [*compact.values()],
        "Files of the full layout only": [
            full[path] for path in full if path not in compact
        ],
    }


def path_of(artifact: Artifact) -> str:
    """The artifact's path, with {split} as a placeholder."""
    return artifact.path.replace(f"_{artifact.split}", "_{split}")


def type_name(kind: pa.DataType) -> str:
    """A type in its usual notation: list<list<int64>>, timestamp[us, UTC]."""
    if pa.types.is_list(kind):
        return f"list<{type_name(kind.value_type)}>"
    return str(kind).replace("tz=", "")


def types_in(artifact: Artifact, model: Model) -> dict[str, str]:
    """The columns of a file and their types; for JSON, the columns it is built from.

    Raises:
        UserError: A column is missing in the model's yml.
    """
    if isinstance(artifact, ParquetArtifact):
        types = {
            field.name: f"`{type_name(field.type)}`{' or null' * field.nullable}"
            for field in artifact.schema
        }
    else:
        types = dict.fromkeys(artifact.columns.split(", "), "in the JSON")
    for name in types:
        if IN_MODELS.get(name, name) not in model["columns"]:
            raise UserError(
                f"{artifact.path}: column {name} is not described in the yml of "
                f"{artifact.model}; describe it there"
            )
    return types


def one_line(text: str, where: str) -> str:
    """A description on one line, for a table.

    Raises:
        UserError: The description is empty.
    """
    if not text.strip():
        raise UserError(f"{where}: has no description; write one in its yml")
    return " ".join(text.split()).replace("|", "\\|")


def columns_table(model: Model, types: dict[str, str]) -> Iterator[str]:
    """A table of the model's columns, those in the file first and in its order."""
    yield from ("", "| column | type | |", "|---|---|---|")
    published = {IN_MODELS.get(name, name) for name in types}
    rest = [name for name in model["columns"] if name not in published]
    for name in [*types, *rest]:
        column = model["columns"][IN_MODELS.get(name, name)]
        kind = types.get(name, "in the database only")
        described = one_line(column["description"], f"{model['name']}.{name}")
        yield f"| `{name}` | {kind} | {described} |"


def file_section(model: Model, artifacts: Sequence[Artifact]) -> Iterator[str]:
    """The section on the files published from a model."""
    yield from ("", f"### {model['name']}", "")
    for artifact in artifacts:
        line = f"- `{path_of(artifact)}`"
        if isinstance(artifact, JsonArtifact):
            line += f": {one_line(artifact.build.__doc__ or '', artifact.path)}"
        yield line
    yield from ("", one_line(model["description"], model["name"]))
    yield from columns_table(model, types_in(artifacts[0], model))


def page(models: dict[str, Model]) -> str:
    """The whole page."""
    lines = [HEAD]
    written = set()
    for title, artifacts in files().items():
        lines += ["", f"## {title}"]
        for name, own in itertools.groupby(artifacts, lambda artifact: artifact.model):
            lines += file_section(models[name], list(own))
            written.add(name)
    lines += ["", "## What the report is built from"]
    for name, model in sorted(models.items()):
        if model["fqn"][1] == "report" and name not in written:
            lines += ["", f"### {name}", "", one_line(model["description"], name)]
            types = {
                column: f"`{described['data_type']}`"
                for column, described in model["columns"].items()
            }
            lines += columns_table(model, types)
    return "\n".join(lines) + "\n"


@command.command(__doc__)
@click.option(
    "--manifest",
    type=options.PATH,
    default=MANIFEST,
    help="dbt's manifest of the sample (default: target/manifest.json).",
)
@click.option(
    "--output",
    type=options.PATH,
    default=PAGE,
    help="The page to write (default: docs/data-dictionary.md).",
)
def main(manifest: Path, output: Path) -> None:
    """Write the page."""
    output.write_text(page(read_models(manifest)), encoding="utf-8")


if __name__ == "__main__":
    main()
