"""Checking published artifacts by the files alone: no database, no dbt.

Two questions. Are these the bytes that were published: every file of the manifest is
there with its sha256, and no other. And do they keep what is promised: schemas,
leak-freedom, shape. The rules are asked of the files in SQL, each query giving the rows
that break one.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq

from mooc_episodes.artifacts import SPLITS, ParquetArtifact, all_artifacts
from mooc_episodes.errors import UserError
from mooc_episodes.fingerprints import PROJECT, fingerprint

MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Published:
    """A published folder and what its manifest says of it.

    Attributes:
        manifest: The manifest's file.
        folder: Where the artifacts are.
        settings: The settings of the build.
        artifacts: The manifest's entries, by file.
    """

    manifest: Path
    folder: Path
    settings: dict[str, Any]
    artifacts: dict[Path, dict[str, Any]]


def read_manifest(path: Path) -> Published:
    """Read a manifest, of a folder (beside its files) or of a run (in reports/).

    Raises:
        UserError: There is none, or it is not one of ours.
    """
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        settings = manifest["settings"]
        of_run = "root" in manifest
        base = PROJECT if of_run else path.parent
        folder = base / manifest["root"] if of_run else base
        artifacts = {base / entry["path"]: entry for entry in manifest["artifacts"]}
        all_artifacts(settings)
    except FileNotFoundError:
        raise UserError(f"{path}: no such manifest") from None
    except (ValueError, KeyError, TypeError, OSError, AttributeError):
        raise UserError(f"{path}: not a manifest of an export") from None
    return Published(path, folder, settings, artifacts)


def changed_files(published: Published) -> list[str]:
    """Files that are missing, changed, or not in the manifest; one line each."""
    problems = []
    for path, entry in published.artifacts.items():
        if not path.is_file():
            problems.append(f"{path}: missing")
            continue
        found = fingerprint(path)
        if found["bytes"] != entry["bytes"] or found["sha256"] != entry["sha256"]:
            problems.append(f"{path}: changed (sha256 {found['sha256']})")
    expected = {*published.artifacts, published.folder / MANIFEST}
    for path in sorted(published.folder.rglob("*")):
        if path.is_file() and path not in expected:
            problems.append(f"{path}: not in the manifest")
    for artifact in all_artifacts(published.settings):
        if published.folder / artifact.path not in published.artifacts:
            problems.append(f"{published.manifest}: does not list {artifact.path}")
    return problems


def wrong_schemas(published: Published) -> list[str]:
    """Parquet files whose schema or rows are not as they should be; one line each."""
    problems = []
    for artifact in all_artifacts(published.settings):
        if not isinstance(artifact, ParquetArtifact):
            continue
        path = published.folder / artifact.path
        with pq.ParquetFile(path) as file:
            if not file.schema_arrow.equals(artifact.schema):
                problems.append(f"{path}: schema is not {artifact.schema.names}")
            if file.metadata.num_rows != published.artifacts[path]["rows"]:
                problems.append(f"{path}: {file.metadata.num_rows} rows")
    return problems


def wrong_vocabulary(published: Published) -> list[str]:
    """What is wrong with the two vocabularies; one line each."""
    course2id, id2course = (
        json.loads((published.folder / "vocab" / f"{name}.json").read_text())
        for name in ("course2id", "id2course")
    )
    problems = []
    if list(course2id.values()) != list(range(len(course2id))):
        problems.append("vocab/course2id.json: ids are not 0, 1, 2 …")
    if {str(item): course for course, item in course2id.items()} != id2course:
        problems.append("vocab/id2course.json: not the inverse of course2id.json")
    return problems


def open_files(published: Published) -> duckdb.DuckDBPyConnection:
    """An in-memory database with a view over each kind of artifact."""
    connection = duckdb.connect()
    settings = published.settings
    k, q = settings["episode_k"], settings["episode_q"]

    def literal(path: str) -> str:
        return "'" + str(published.folder / path).replace("'", "''") + "'"

    def union(name: str, pattern: str, source: str) -> None:
        parts = [
            f"select *, '{split}' as split from "
            + source.format(literal(pattern.format(split)))
            for split in SPLITS
        ]
        connection.execute(f"create view {name} as {' union all '.join(parts)}")

    union("pairs", "pairs/pairs_{}.parquet", "read_parquet({})")
    union("episodes", f"episodes/episodes_{{}}_K{k}_Q{q}.parquet", "read_parquet({})")
    union(
        "users",
        "user_splits/users_{}.json",
        "(select unnest(users) as user_id from read_json({}, columns = "
        f"{{{{users: '{settings['user_id_type']}[]'}}}}, "
        "maximum_object_size = 1000000000))",
    )
    connection.execute(
        "create view events as select * from read_parquet("
        f"{literal('sessions/events_sessionized.parquet')}, file_row_number = true)"
    )
    connection.execute(
        "create view sessions as select * from read_parquet("
        f"{literal('sessions/sessions.parquet')})"
    )
    return connection


def rules(settings: dict[str, Any], n_items: int) -> dict[str, str]:
    """The promises, each with a query that gives what breaks it."""
    k, q = settings["episode_k"], settings["episode_q"]
    cap = settings["max_prefix_len"]
    repeats_kept = "false" if settings["deduplicate_consecutive"] else "true"
    # what each user has seen by the end of each second
    seen = f"""
        select
            *,
            array_agg(item_id) over (
                partition by user_id order by file_row_number
                rows between {cap - 1 if cap else "unbounded"} preceding and current row
            ) as items
        from (
            select *, lag(item_id) over (
                partition by user_id order by file_row_number
            ) as item_before
            from events
        )
        where {repeats_kept} or item_before is null or item_before != item_id
        qualify row_number() over (
            partition by user_id, ts_epoch order by file_row_number desc
        ) = 1
    """
    numbered_pairs = """
        select *, row_number() over (
            partition by user_id order by pair_id
        ) - 1 as number
        from pairs
    """
    return {
        "a user is in two splits": """
            select user_id from users group by 1 having count(*) > 1
        """,
        "a row's user is not in its split": " union all ".join(
            f"select user_id from {name} anti join users using (user_id, split)"
            for name in ("pairs", "episodes")
        ),
        "an event's user is in no split": "from events anti join users using (user_id)",
        "a session's events are not its events": """
            select session_id
            from sessions full join (
                select session_id, count(*) as n, max(sess_len) as longest,
                min(ts_epoch) as first_ts, max(ts_epoch) as last_ts
                from events group by 1
            ) using (session_id)
            where n is distinct from n_events or longest is distinct from n_events
            or first_ts is distinct from start_ts or last_ts is distinct from end_ts
        """,
        "a prefix is not the items strictly before its label": f"""
            with seen as ({seen})
            select pair_id
            from pairs asof left join seen
                on pairs.user_id = seen.user_id and pairs.label_ts_epoch > seen.ts_epoch
            where seen.items is distinct from pairs.prefix
        """,
        "a label is not the user's item of that second": """
            select pair_id from pairs anti join events
            on pairs.user_id = events.user_id and pairs.label = events.item_id
            and pairs.label_ts_epoch = events.ts_epoch
        """,
        "a pair's prefix_len is wrong": """
            select pair_id from pairs where len(prefix) != prefix_len or prefix_len < 1
        """,
        "a label or prefix is not in the vocabulary": f"""
            select pair_id from pairs
            where label not between 0 and {n_items - 1}
            or list_min(prefix) < 0 or list_max(prefix) >= {n_items}
        """,
        "an event's item is not in the vocabulary": f"""
            select session_id from events where item_id not between 0 and {n_items - 1}
        """,
        "pair_ids are not 0, 1, 2 …": """
            select 1 from pairs having min(pair_id) != 0
            or max(pair_id) != count(*) - 1 or count(distinct pair_id) != count(*)
        """,
        "episode_ids are not 0, 1, 2 … in each split": """
            select split from episodes group by 1 having min(episode_id) != 0
            or max(episode_id) != count(*) - 1 or count(distinct episode_id) != count(*)
        """,
        "an episode has not exactly K and Q": f"""
            select split, episode_id from episodes
            where n_support != {k} or len(support_prefixes) != {k}
            or len(support_labels) != {k} or n_query != {q}
            or len(query_prefixes) != {q} or len(query_labels) != {q}
        """,
        "an episode is not K + Q pairs of its user in a row, support first": f"""
            with numbered as ({numbered_pairs}),
            starts as (
                select *, {q} * (row_number() over (
                    partition by split, user_id order by episode_id
                ) - 1) as first_number
                from episodes
            ),
            gathered as (
                select
                    starts.split,
                    starts.episode_id,
                    array_agg(label order by number) as labels,
                    array_agg(prefix order by number) as prefixes,
                    count(distinct label_ts_epoch) as n_times
                from starts inner join numbered
                    on starts.user_id = numbered.user_id
                    and numbered.number >= starts.first_number
                    and numbered.number < starts.first_number + {k + q}
                group by 1, 2
            )
            select episodes.split, episodes.episode_id
            from episodes left join gathered using (split, episode_id)
            where labels is distinct from support_labels || query_labels
            or prefixes is distinct from support_prefixes || query_prefixes
            or n_times is distinct from {k + q}
        """,
        "a user's pairs are not in time order": f"""
            select pair_id from (
                select pair_id, label_ts_epoch - lag(label_ts_epoch) over (
                    partition by user_id order by number
                ) as later from ({numbered_pairs})
            ) where later <= 0
        """,
    }


def broken_promises(published: Published) -> list[str]:
    """Promises the files do not keep, with how often; one line each."""
    course2id = json.loads((published.folder / "vocab/course2id.json").read_text())
    problems = []
    with open_files(published) as connection:
        for promise, query in rules(published.settings, len(course2id)).items():
            counted = f"select count(*) from ({query})"
            ((n_broken,),) = connection.execute(counted).fetchall()
            if n_broken:
                problems.append(f"{published.folder}: {promise} ({n_broken} times)")
    return problems


def verify(path: Path) -> tuple[Published, list[str]]:
    """Check a published folder by its manifest.

    Returns:
        What was checked, and the problems found, one line each. Where files are missing
        or changed, only that is said: the promises are asked of the published bytes.

    Raises:
        UserError: The manifest cannot be read.
    """
    published = read_manifest(path)
    problems = changed_files(published)
    if not problems:
        problems = wrong_schemas(published) + wrong_vocabulary(published)
    if not problems:
        problems = broken_promises(published)
    return published, problems
