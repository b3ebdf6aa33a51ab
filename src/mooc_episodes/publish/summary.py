"""What was made and where, in a few lines for a terminal."""

from mooc_episodes.base.paths import relative
from mooc_episodes.contract import SPLITS
from mooc_episodes.publish.export import Export

COLUMNS = ("users", "pairs", "episodes", "users_with_episode")
ROW = "  {:<6}{:>10}{:>12}{:>12}{:>22}"
# its counts are those of MARS
SYNTHETIC = "seeds/sample_events.csv"


def summary(done: Export) -> str:
    """What was made and where."""
    metrics = done.report["metrics"]
    raw = done.report["raw_data"]
    build = done.checked.build
    synthetic = " (synthetic)" if reads_sample(done) else ""
    lines = [
        f"{done.dataset}{synthetic}: "
        f"{raw['n_rows']:,} rows, {raw['n_rejected']:,} rejected; "
        f"{metrics['n_users']:,} of {raw['n_users']:,} users have "
        f"{metrics['min_interactions_per_user']} events or more, "
        f"{metrics['n_users_with_episode']:,} have an episode.",
        "",
        ROW.format("", *(name.replace("_", " ") for name in COLUMNS)),
        *(
            ROW.format(split, *(f"{metrics[f'n_{n}_{split}']:,}" for n in COLUMNS))
            for split in SPLITS
        ),
        "",
        f"  artifacts  {relative(done.folder)}/",
        f"  report     {relative(done.report_folder)}/report.html",
        f"  tests      {done.checked.tests} ({done.checked.passed} passed)",
        f"  built      {build.started_at:%Y-%m-%d %H:%M} UTC, {build.command('build')}",
    ]
    return "\n".join(lines)


def reads_sample(done: Export) -> bool:
    """Whether the build read the bundled sample, whatever preset it used."""
    files = done.report["data_fingerprints"]
    return SYNTHETIC in {
        found["path"] for name, found in files.items() if name.startswith("raw_events")
    }
