"""What was made and where, in a few lines for a terminal."""

from typing import Any

from mooc_episodes.base.paths import relative
from mooc_episodes.contract import PAGE, SPLITS
from mooc_episodes.publish.export import Export
from mooc_episodes.report.verdict import headline

COLUMNS = ("users", "pairs", "episodes", "users_with_episode")
ROW = "  {:<6}{:>10}{:>12}{:>12}{:>22}"


def summary(done: Export) -> str:
    """What was made and where."""
    metrics = done.report["metrics"]
    raw = done.report["raw_data"]
    build = done.checked.build
    # the sample has the counts of MARS
    synthetic = " (synthetic)" if done.report["is_synthetic_sample"] else ""
    lines = [
        f"{done.dataset}{synthetic}: "
        f"{raw['n_rows']:,} rows, {raw['n_rejected']:,} rejected; "
        f"{metrics['n_users']:,} of {raw['n_users']:,} users have "
        f"{metrics['min_interactions_per_user']} events or more, "
        f"{metrics['n_users_with_episode']:,} have an episode.",
        *repeats(done.report["repeated_rows"]),
        "",
        ROW.format("", *(name.replace("_", " ") for name in COLUMNS)),
        *(
            ROW.format(split, *(f"{metrics[f'n_{n}_{split}']:,}" for n in COLUMNS))
            for split in SPLITS
        ),
        "",
        *(f"  warning    {odd}" for odd in done.report["plausibility"]["warnings"]),
        f"  verdict    {headline(done.report, done.report['alarms'])}",
        f"  artifacts  {relative(done.folder)}/",
        f"  report     {relative(done.report_folder)}/{PAGE}",
        f"  tests      {done.checked.tests} ({done.checked.passed} passed)",
        f"  built      {build.started_at:%Y-%m-%d %H:%M} UTC, {build.command('build')}",
    ]
    return "\n".join(lines)


def repeats(found: dict[str, Any]) -> list[str]:
    """A line if the same rows are in several files of the input."""
    if not found["n_rows_repeated"]:
        return []
    return [
        f"{found['n_rows_repeated']:,} rows are in more than one of the "
        f"{found['n_files']:,} files, such as {found['first_file']} and "
        f"{found['last_file']}; if one is a copy, leave it out of raw_events."
    ]
