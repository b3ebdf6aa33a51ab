"""Checking published artifacts by the files alone: no database, no dbt.

Two checks. Are these the bytes that were published: every file of the manifest is there
with its sha256, and no other? And do they keep the promises: schemas, numbers of rows,
and the rules of `rules`? The manifest itself is not signed: files and manifest forged
together, within the rules, go unnoticed.
"""

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from mooc_episodes.base.errors import UserError, reason
from mooc_episodes.base.fingerprints import fingerprint
from mooc_episodes.base.memory import limits
from mooc_episodes.contract import (
    CARD_TITLE,
    CARDS,
    COMPRESSION,
    COURSE2ID,
    CROISSANT,
    CROISSANT_NAME,
    ID2COURSE,
    ID_TYPES,
    IN_MODELS,
    MANIFEST,
    README,
    SPLITS,
    VERSIONS,
    ParquetArtifact,
    all_artifacts,
    users_path,
)
from mooc_episodes.manifest.reading import (
    Published,
    read_course2id,
    read_json,
    read_manifest,
    read_users,
    shown,
)
from mooc_episodes.verify.rules import queries


def changed_files(published: Published) -> list[str]:
    """Files that are missing, changed, or not those of the settings; one line each."""
    names = [artifact.path for artifact in all_artifacts(published.settings)]
    artifacts = {published.folder / name for name in (*names, *CARDS)}
    expected = artifacts | {*published.records}
    return [
        *wrong_dataset(published),
        *wrong_entries(published, artifacts, expected),
        *changed_bytes(published, expected),
        *unlisted_files(published),
    ]


def wrong_dataset(published: Published) -> list[str]:
    """A line if the folder is where exports publish another dataset.

    A copy may be anywhere.
    """
    kept = published.folder.resolve().parent
    dataset = kept.name.partition(".")[0]
    if kept.parent.name != VERSIONS or dataset == published.settings["dataset"]:
        return []
    return [
        f"{published.manifest}: dataset is {shown(published.settings['dataset'])}, but "
        f"{published.folder} is where {dataset} is published"
    ]


def wrong_entries(
    published: Published, artifacts: set[Path], expected: set[Path]
) -> list[str]:
    """Unexpected entries, and artifacts without an entry; one line each."""
    listed = published.entries
    foreign = [entry.path for path, entry in listed.items() if path not in expected]
    missing = [path.relative_to(published.folder) for path in artifacts - {*listed}]
    return [
        *(
            f"{published.manifest}: lists {shown(path)}, which its settings do "
            "not produce"
            for path in foreign
        ),
        *(f"{published.manifest}: does not list {path}" for path in sorted(missing)),
    ]


def changed_bytes(published: Published, expected: set[Path]) -> list[str]:
    """Listed files that are missing or changed; one line each. Opens no other file."""
    problems = []
    for path in sorted(expected & published.entries.keys()):
        entry = published.entries[path]
        if is_link(path, published.folder):
            problems.append(f"{path}: a link, not a file of its own")
            continue
        if not path.is_file():
            problems.append(f"{path}: missing")
            continue
        found = fingerprint(path)
        if found["sha256"] != entry.sha256:
            problems.append(f"{path}: changed (sha256 {found['sha256']})")
        elif found["bytes"] != entry.bytes:
            problems.append(f"{path}: {found['bytes']} bytes, not {entry.bytes}")
    return problems


def is_link(path: Path, folder: Path) -> bool:
    """Whether it, or a folder between it and the published one, is a link."""
    base = folder if path.is_relative_to(folder) else path.parent
    return path.resolve() != base.resolve() / path.relative_to(base)


def unlisted_files(published: Published) -> list[str]:
    """Files and links in the folder that the manifest does not list; one line each."""
    listed = {*published.entries, published.folder / MANIFEST}
    return [
        f"{path}: not in the manifest"
        for path in sorted(published.folder.rglob("*"))
        if path not in listed and (path.is_symlink() or not path.is_dir())
    ]


def wrong_tables(published: Published) -> list[str]:
    """Parquet files with the wrong schema or number of rows; one line each."""
    problems = []
    for artifact in all_artifacts(published.settings):
        if not isinstance(artifact, ParquetArtifact):
            continue
        path = published.folder / artifact.path
        try:
            with pq.ParquetFile(path) as file:
                schema, n_rows = file.schema_arrow, file.metadata.num_rows
                found = compressions(file.metadata)
        except (pa.ArrowException, OSError):
            problems.append(f"{path}: not a Parquet file")
            continue
        if not artifact.fits(schema):
            more = " and columns of text" if artifact.more_from else ""
            problems.append(f"{path}: schema is not {artifact.schema.names}{more}")
        if other := found - {COMPRESSION}:
            problems.append(
                f"{path}: compressed as {', '.join(sorted(other))}, not {COMPRESSION}"
            )
        problems += wrong_rows(published, artifact.path, n_rows)
    return problems


def compressions(metadata: pq.FileMetaData) -> set[str]:
    """How the columns of a Parquet file are compressed."""
    return {
        metadata.row_group(group).column(column).compression.lower()
        for group in range(metadata.num_row_groups)
        for column in range(metadata.num_columns)
    }


def wrong_documents(published: Published) -> list[str]:
    """Errors within each vocabulary or list of users; one line each.

    Raises:
        UserError: A file holds something else entirely.
    """
    course2id = course2id_of(published)
    id2course = read_json(published.folder / ID2COURSE)
    inverse = {str(item): course for course, item in course2id.items()}
    problems = []
    if list(course2id.values()) != list(range(len(course2id))):
        problems.append(f"{published.folder / COURSE2ID}: ids are not 0, 1, 2 …")
    if not isinstance(id2course, dict) or [*id2course.items()] != [*inverse.items()]:
        problems.append(
            f"{published.folder / ID2COURSE}: not the inverse of course2id.json"
        )
    problems += wrong_rows(published, COURSE2ID, len(course2id))
    problems += wrong_rows(published, ID2COURSE, len(inverse))
    for split in SPLITS:
        n_users = len(users_of(published, split))
        problems += wrong_rows(published, users_path(split), n_users)
    return problems


def wrong_metadata(published: Published) -> list[str]:
    """Where croissant.json is not as the manifest says: name, sha256; a line each."""
    path = published.folder / CROISSANT
    document = read_json(path)
    try:
        listed = {
            file["contentUrl"]: file["sha256"] for file in document["distribution"]
        }
        name = document["name"]
    except (KeyError, TypeError):
        return [f"{path}: not Croissant metadata of an export"]
    paths = [artifact.path for artifact in all_artifacts(published.settings)]
    hashes = {file: published.entries[published.folder / file].sha256 for file in paths}
    different = [
        file
        for file in sorted({*listed, *hashes})
        if listed.get(file) != hashes.get(file)
    ]
    return [
        *wrong_name(published, CROISSANT, "name", name, CROISSANT_NAME),
        *(
            f"{path}: sha256 of {shown(file)} is not that of the manifest"
            for file in different
        ),
    ]


def wrong_card(published: Published) -> list[str]:
    """A line if README.md names another dataset than the manifest."""
    card = (published.folder / README).read_text(encoding="utf-8", errors="replace")
    found = re.search("^pretty_name: (.*)$", card, re.MULTILINE)
    return wrong_name(published, README, "pretty_name", found and found[1], CARD_TITLE)


def wrong_name(
    published: Published, file: str, key: str, found: Any, pattern: str
) -> list[str]:
    """A line if what a file says under a key is not the name of the dataset."""
    dataset = published.settings["dataset"]
    expected = pattern.format(dataset=dataset)
    if found == expected:
        return []
    return [
        f"{published.folder / file}: {key} is {shown(found)}; it must be "
        f"{shown(expected)}, as the manifest's dataset is {shown(dataset)}"
    ]


def wrong_rows(published: Published, path: str, n_rows: int) -> list[str]:
    """A line if the file's number of rows is not the manifest's."""
    file = published.folder / path
    if n_rows == published.entries[file].rows:
        return []
    return [f"{file}: {n_rows} rows, not {published.entries[file].rows}"]


def users_of(published: Published, split: str) -> list[Any]:
    """The users of a split, as stored."""
    return read_users(
        published.folder / users_path(split), published.settings["user_id_type"]
    )


def course2id_of(published: Published) -> dict[str, int]:
    """The vocabulary, as stored."""
    return read_course2id(
        published.folder / COURSE2ID, published.settings["item_id_type"]
    )


def users_table(published: Published) -> pa.Table:
    """The users of all splits, numbered by their place in the list."""
    users = {split: users_of(published, split) for split in SPLITS}
    rows = [
        (user_id, split, number)
        for split in SPLITS
        for number, user_id in enumerate(users[split])
    ]
    user_ids, splits, numbers = zip(*rows, strict=True) if rows else ((), (), ())
    return pa.table(
        {
            "user_id": pa.array(user_ids, ID_TYPES[published.settings["user_id_type"]]),
            "split": pa.array(splits, pa.string()),
            "file_row_number": pa.array(numbers, pa.int64()),
        }
    )


def vocab_table(published: Published) -> pa.Table:
    """The vocabulary: course_id, of its type, and item_id."""
    course2id = course2id_of(published)
    id_type = published.settings["item_id_type"]
    courses = [int(c) for c in course2id] if id_type == "bigint" else [*course2id]
    return pa.table(
        {
            "course_id": pa.array(courses, ID_TYPES[id_type]),
            "item_id": pa.array(course2id.values(), pa.int64()),
        }
    )


def view_name(artifact: ParquetArtifact) -> str:
    """A file's view: its model's name, and its split's."""
    return "_".join(filter(None, (artifact.model, artifact.split)))


def as_in_models(artifact: ParquetArtifact) -> str:
    """All columns, by the names that the models give them."""
    renamed = [
        f'"{name}" as {IN_MODELS[name]}'
        for name in artifact.schema.names
        if name in IN_MODELS
    ]
    return f"* rename ({', '.join(renamed)})" if renamed else "*"


@contextmanager
def open_files(published: Published) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory with a view over each model's artifacts, by its name.

    It can read the artifacts and no other file, whatever a query says.
    """
    tables = [
        artifact
        for artifact in all_artifacts(published.settings)
        if isinstance(artifact, ParquetArtifact)
    ]
    files = {artifact: str(published.folder / artifact.path) for artifact in tables}
    with (
        tempfile.TemporaryDirectory() as spill,
        duckdb.connect(
            config={"python_enable_replacements": False, **limits()}
        ) as connection,
    ):
        connection.execute("set temp_directory = ?", [spill])
        connection.execute("set allowed_paths = ?", [[*files.values()]])
        for artifact, file in files.items():
            connection.read_parquet(
                file, file_row_number=True, hive_partitioning=False
            ).project(as_in_models(artifact)).create_view(view_name(artifact))
        for model in sorted({artifact.model for artifact in tables if artifact.split}):
            parts = (
                f"select *, '{split}' as split from {model}_{split}" for split in SPLITS
            )
            connection.execute(f"create view {model} as {' union all '.join(parts)}")
        connection.register("user_splits", users_table(published))
        connection.register("vocab", vocab_table(published))
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        yield connection


def broken_promises(published: Published) -> list[str]:
    """Promises the files do not keep, with how often; one line each."""
    problems = []
    with open_files(published) as connection:
        views = connection.execute("select view_name from duckdb_views()").fetchall()
        for rule, query in queries(published.settings, {name for (name,) in views}):
            counted = f"select count(*), min(broken) from ({query}\n) as broken"
            try:
                ((n_rows, first),) = connection.execute(counted).fetchall()
                found = offenders(n_rows, first)
            except duckdb.Error as error:
                found = reason(error)
            if found:
                problems.append(
                    f"{published.folder}: broken: {rule.sentence} ({found})"
                )
    return problems


def offenders(n_rows: int, first: dict[str, Any] | None) -> str:
    """How many rows break a rule, and the first of them; empty if there are none."""
    if not first:
        return ""
    said = ", ".join(f"{name} {shown(value)}" for name, value in first.items())
    return f"1 row: {said}" if n_rows == 1 else f"{n_rows} rows, the first: {said}"


def verify(path: Path) -> tuple[Published, list[str]]:
    """Check a published folder by its manifest.

    Returns:
        What was checked, and the problems found, one line each. If files are missing or
        changed, only that is reported: promises are checked on published bytes only.

    Raises:
        UserError: The manifest or a file cannot be read.
    """
    published = read_manifest(path)
    problems = changed_files(published)
    if not problems:
        problems = [
            *wrong_tables(published),
            *wrong_documents(published),
            *wrong_metadata(published),
            *wrong_card(published),
        ]
    if not problems:
        try:
            problems = broken_promises(published)
        except duckdb.Error as error:
            why = reason(error)
            raise UserError(f"{published.folder}: cannot be read: {why}") from None
    return published, problems
