"""The report of a run, from the report models and samples of the tables."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb

from mooc_episodes.base.errors import UserError
from mooc_episodes.base.fingerprints import fingerprint
from mooc_episodes.base.paths import PROJECT, public
from mooc_episodes.contract import SPLITS
from mooc_episodes.promises import read_promises
from mooc_episodes.report.alarms import alarms
from mooc_episodes.report.evaluation import Figures, coverage, read_evaluation
from mooc_episodes.report.plausibility import warnings
from mooc_episodes.report.verdict import verdict
from mooc_episodes.warehouse.build_record import BuildStatus
from mooc_episodes.warehouse.connection import rows, table
from mooc_episodes.warehouse.names import course_names

# the bundled events, relative to the project
SAMPLE = "seeds/sample_events.csv"
# the notebook's spelling, where SQL's differs
NOTEBOOK_NAMES = {"episode_k": "episode_K", "episode_q": "episode_Q"}


def read_one(
    connection: duckdb.DuckDBPyConnection, dataset: str, model: str
) -> dict[str, Any]:
    """The only row of a report model."""
    (row,) = rows(connection, f"from {table(dataset, model)}")
    return row


def read_all(
    connection: duckdb.DuckDBPyConnection, dataset: str, model: str, order_by: str
) -> list[dict[str, Any]]:
    """The rows of a report model, in an order."""
    return rows(connection, f"from {table(dataset, model)} order by {order_by}")


def read_splits(
    connection: duckdb.DuckDBPyConnection, dataset: str
) -> list[dict[str, Any]]:
    """One row per split: its counts, cold items and overlap in time with train."""
    splits = read_all(connection, dataset, "report_split_counts", "split_number")
    for model in ("report_cold_items", "report_time_overlap"):
        found = {row["split"]: row for row in read_all(connection, dataset, model, "1")}
        splits = [row | found[row["split"]] for row in splits]
    return splits


def with_splits(
    metrics: dict[str, Any], splits: list[dict[str, Any]]
) -> dict[str, Any]:
    """The metrics, with those of each split and their totals, as the notebook has them.

    Args:
        metrics: The row of report_metrics.
        splits: A row per split.
    """
    pivoted = {
        f"{name}_{row['split']}": row[name]
        for name in ("n_pairs", "n_episodes", "n_users_with_episode", "n_users")
        for row in splits
    }
    totals = {
        "n_pairs_total": sum(row["n_pairs"] for row in splits),
        "n_episodes_total": sum(row["n_episodes"] for row in splits),
        "n_users_with_episode": sum(row["n_users_with_episode"] for row in splits),
    }
    return metrics | pivoted | totals


def input_fingerprints(
    connection: duckdb.DuckDBPyConnection, dataset: str
) -> dict[str, dict[str, Any]]:
    """Fingerprints of the files the build read, as they were then.

    Raises:
        UserError: A file is missing or has changed since it was read.
    """
    files = rows(connection, f"from {table(dataset, 'input_files')} order by path")
    found = {}
    for number, file in enumerate(files):
        path = PROJECT / file["path"]
        read = (file["bytes"], file["modified_at_us"] // 10**6)
        if not path.is_file() or read != (
            path.stat().st_size,
            path.stat().st_mtime_ns // 10**9,
        ):
            raise UserError(
                f"{file['path']}: changed since {dataset} was built from it; "
                "run dbt build again"
            )
        name = "raw_events" if len(files) == 1 else f"raw_events_{number}"
        found[name] = file_fingerprint(file, path)
    return found


def input_relation(settings: dict[str, Any], n_rows: int) -> dict[str, dict[str, Any]]:
    """What is known of an input that is a relation: its rows, but no fingerprint."""
    path = settings["raw_events"]
    if not path.startswith("relation:"):
        return {}
    known = {"path": path, "rows": n_rows, "bytes": None, "sha256": None}
    return {"raw_events": known}


def repeated_rows(
    connection: duckdb.DuckDBPyConnection, dataset: str
) -> dict[str, Any]:
    """The row of report_repeated_rows, its files as they may be published."""
    found = read_one(connection, dataset, "report_repeated_rows")
    for name in ("first_file", "last_file"):
        if found[name]:
            found[name] = public(PROJECT / found[name])
    return found


def file_fingerprint(file: dict[str, Any], path: Path) -> dict[str, Any]:
    """The fingerprint of an input file, and when it was hashed.

    Spark, and builds of an earlier version, did not hash it: then it is hashed now.

    Args:
        file: Its row of input_files.
        path: Where it is.
    """
    if file.get("sha256"):
        own = {"bytes": file["bytes"], "sha256": file["sha256"], "hashed": "build"}
    else:
        own = fingerprint(path) | {"hashed": "export"}
    return own | {"path": public(path)}


def sanity_samples(
    connection: duckdb.DuckDBPyConnection, dataset: str
) -> dict[str, list[dict[str, Any]]]:
    """The first events, train pairs and test episode, as samples.

    Queries name the users, so that the views compute nothing for the others.
    """
    pairs, episodes = (
        table(dataset, "int_user_totals"),
        table(dataset, "int_episode_windows"),
    )
    (third,) = connection.execute(
        f"select max(user_id) from (select user_id from {pairs}"
        " where split = 'train' and n_pairs > 0 order by user_id limit 3)"
    ).fetchall()[0]
    (first,) = connection.execute(
        f"select min(user_id) from {episodes} where split = 'test'"
    ).fetchall()[0]
    return {
        "events_head3": rows(
            connection,
            "select user_id, course_id, item_id, ts_epoch"
            f" from {table(dataset, 'events_sessionized')}"
            " order by user_id, event_number limit 3",
        ),
        "pairs_train_head3": rows(
            connection,
            "select pair_id, user_id, prefix, label, label_ts_epoch, prefix_len"
            f" from {table(dataset, 'pairs')} where split = 'train' and user_id <= ?"
            " order by pair_id limit 3",
            third,
        ),
        "episodes_test_sample": rows(
            connection,
            "select episode_id, user_id, support_prefixes, support_labels,"
            " query_prefixes, query_labels, n_support, n_query"
            f" from {table(dataset, 'episodes')} where user_id = ?"
            " order by episode_id limit 1",
            first,
        ),
    }


def kept_promises(
    checked: BuildStatus,
    raw: dict[str, Any],
    metrics: dict[str, Any],
    looked_at: dict[str, Any],
) -> list[dict[str, Any]]:
    """Each test of a promise: its result, and how much it checked.

    Args:
        checked: The build, found fit to publish.
        raw: The row of report_input.
        metrics: The row of report_metrics, with those of the splits.
        looked_at: The row of report_test_coverage.
    """
    counts = {
        "rows read": raw["n_rows"],
        "events": metrics["n_events"],
        "users": metrics["n_users"],
        "pairs": metrics["n_pairs_total"],
        "episodes": metrics["n_episodes_total"],
    }
    sampled = counts | {
        "users": looked_at["n_users"],
        "pairs": looked_at["n_pairs"],
        "episodes": looked_at["n_episodes"],
    }
    status = {test.label: test.status for test in checked.build.tests}
    return [
        {
            "promise": promise.sentence,
            "test": test,
            "status": status[f"test {test}"],
            "what": promise.looks_at,
            "looked_at": (sampled if promise.is_sampled else counts)[promise.looks_at],
            "of": counts[promise.looks_at],
        }
        for test, promise in read_promises().items()
    ]


def example_episode(
    connection: duckdb.DuckDBPyConnection, dataset: str
) -> dict[str, Any] | None:
    """The first episode of the first user who has one, of test if there is one.

    Its pairs in order, with courses for items, for drawing; None without episodes.
    """
    found = rows(
        connection,
        "select user_id, split, episode_id, first_pair_number"
        f" from {table(dataset, 'int_episode_windows')}"
        " order by case split when 'test' then 0 when 'val' then 1 else 2 end,"
        " episode_id limit 1",
    )
    if not found:
        return None
    (episode,) = found
    (drawn,) = rows(
        connection,
        "select support_prefixes, support_labels, query_prefixes, query_labels"
        f" from {table(dataset, 'episodes')} where user_id = ? and episode_id = ?",
        episode["user_id"],
        episode["episode_id"],
    )
    pairs = [
        {"part": part, "prefix": prefix, "label": label}
        for part in ("support", "query")
        for prefix, label in zip(
            drawn[f"{part}_prefixes"], drawn[f"{part}_labels"], strict=True
        )
    ]
    items = {item for pair in pairs for item in (*pair["prefix"], pair["label"])}
    courses = connection.execute(
        f"select item_id, course_id from {table(dataset, 'vocab')}"
        " where list_contains(?, item_id) order by item_id",
        [sorted(items)],
    ).fetchall()
    return episode | {
        "pairs": pairs,
        "courses": dict(courses),
        "names": names_of(connection, dataset, dict(courses)),
    }


def names_of(
    connection: duckdb.DuckDBPyConnection, dataset: str, courses: dict[int, Any]
) -> dict[int, str]:
    """The names of items' courses, as far as the `items` file has them."""
    query = course_names(connection, dataset)
    found = dict(connection.execute(query).fetchall()) if query else {}
    return {item: found[own] for item, own in courses.items() if found.get(own)}


def key_findings(
    dataset: str,
    settings: dict[str, Any],
    raw: dict[str, Any],
    metrics: dict[str, Any],
    median_events: float,
) -> list[str]:
    """The key findings, in sentences."""
    k, q = settings["episode_k"], settings["episode_q"]
    per_split = {
        name: ", ".join(f"{metrics[f'n_{name}_{split}']:,} {split}" for split in SPLITS)
        for name in ("users", "pairs", "episodes", "users_with_episode")
    }
    return [
        f"{dataset}: {raw['n_rows']:,} rows read, {raw['n_rejected']:,} rejected; "
        f"{raw['n_events']:,} events by {raw['n_users']:,} users on "
        f"{raw['n_courses']:,} courses, {raw['empty_cell_share']:.2%} of the "
        f"user-course cells are empty, median {median_events:g} events per user.",
        f"{metrics['n_users']:,} users have {metrics['min_interactions_per_user']} "
        f"events or more; they have {metrics['n_events']:,} events on "
        f"{metrics['n_courses']:,} courses in {metrics['n_sessions']:,} sessions.",
        f"Split method {settings['split_method']}: {per_split['users']}. "
        "No user is in two splits.",
        f"{metrics['n_pairs_total']:,} prefix-label pairs: {per_split['pairs']}.",
        f"{metrics['n_episodes_total']:,} episodes with K={k} and Q={q}: "
        f"{per_split['episodes']}.",
        f"{metrics['n_users_with_episode']:,} of {metrics['n_users']:,} users have an "
        f"episode ({per_split['users_with_episode']}); one needs K+Q = {k + q} pairs.",
        tie_finding(metrics),
    ]


def tie_finding(metrics: dict[str, Any]) -> str:
    """How many events and labels are tied, and how many items are no label for it."""
    return (
        "Ties, events with another event of the user at the same time, to the "
        f"microsecond: {metrics['n_events_tied']:,} of {metrics['n_events']:,} events "
        f"({metrics['events_tied_share'] or 0:.1%}) and "
        f"{metrics['n_labels_tied']:,} of {metrics['n_pairs_total']:,} labels "
        f"({metrics['labels_tied_share'] or 0:.1%}). They are ordered by a key that is "
        "fixed for each user and favours no course. Of the items, "
        f"{metrics['n_items_tied']:,} are at the time of the item before and therefore "
        "not labels."
    )


def build_report(
    connection: duckdb.DuckDBPyConnection,
    dataset: str,
    settings: dict[str, Any],
    checked: BuildStatus,
    artifacts: Iterable[dict[str, Any]],
) -> dict[str, Any]:
    """The report, except the run's own names.

    Args:
        connection: The warehouse.
        dataset: The dataset.
        settings: The settings of its build.
        checked: The build, found fit to publish.
        artifacts: Fingerprints of what is published.
    """
    raw = read_one(connection, dataset, "report_input")
    splits = read_splits(connection, dataset)
    metrics = with_splits(read_one(connection, dataset, "report_metrics"), splits)
    distributions = {
        row.pop("measure"): row
        for row in read_all(connection, dataset, "report_distributions", "measure")
    }
    rejected = rows(
        connection,
        f"select reason, count(*) as n_rows from {table(dataset, 'rejected_events')}"
        " group by reason order by n_rows desc, reason",
    )
    looked_at = read_one(connection, dataset, "report_test_coverage")
    funnel = read_all(connection, dataset, "report_funnel", "step_number")
    plausibility = read_all(connection, dataset, "report_plausibility", "name")
    fingerprints = input_fingerprints(connection, dataset)
    fingerprints |= input_relation(settings, raw["n_rows"])
    is_sample = any(found["path"] == SAMPLE for found in fingerprints.values())
    fingerprints |= {Path(found["path"]).stem: found for found in artifacts}
    report = {
        "is_synthetic_sample": is_sample,
        "metrics": {NOTEBOOK_NAMES.get(name, name): metrics[name] for name in metrics},
        "raw_data": raw,
        "repeated_rows": repeated_rows(connection, dataset),
        "plausibility": {
            "values": plausibility,
            "warnings": warnings(
                plausibility,
                raw,
                funnel,
                read_all(connection, dataset, "report_unread_times", "form_number"),
                checked.build.started_at.date(),
            ),
        },
        "funnel": funnel,
        "rejected": rejected,
        "splits": splits,
        "split_distances": read_all(
            connection, dataset, "report_split_distances", "measure, split"
        ),
        "distributions": distributions,
        "histograms": read_all(
            connection,
            dataset,
            "report_histograms",
            "measure, split nulls first, lower_bound",
        ),
        "activity": read_all(
            connection, dataset, "report_activity", "split, start_ts_epoch"
        ),
        "promises": kept_promises(checked, raw, metrics, looked_at),
        "tests": {"status": checked.tests, "passed": checked.passed},
        "key_findings": key_findings(
            f"{dataset} (synthetic sample)" if is_sample else dataset,
            settings,
            raw,
            metrics,
            distributions["events_per_user_raw"]["median"],
        ),
        "sanity_samples": sanity_samples(connection, dataset),
        "example_episode": example_episode(connection, dataset),
        "data_fingerprints": fingerprints,
        **read_evaluation(connection, dataset, evaluated=checked.build.evaluated),
    }
    return judged(report, settings)


def judged(report: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    """The report with verdict and alarms first.

    Args:
        report: The report, with its evaluation.
        settings: The settings of its build.
    """
    report = report | {
        "evaluation_coverage": coverage(
            report["splits"], report["evaluation"], settings["episode_q"]
        )
    }
    figures = Figures(report, settings)
    found = alarms(figures)
    return {"verdict": verdict(figures, found), "alarms": found} | report
