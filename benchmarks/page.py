"""Write docs/benchmarks.md and .svg from benchmarks/results/ and notes.md."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib

matplotlib.use("svg")
# the same figures produce the same bytes
matplotlib.rcParams["svg.hashsalt"] = "mooc-episodes"

from matplotlib import pyplot as plt  # noqa: E402, after the back end is chosen

PROJECT = Path(__file__).resolve().parents[1]
RESULTS = PROJECT / "benchmarks" / "results"
TIMES = "\N{MULTIPLICATION SIGN}"
NAMES = {
    "ours": "ours without the evaluation: `dbt run` + export",
    "ours_again": "ours, second run: dbt's parse is cached",
    "ours_compact": "export only, `--layout compact`",
    "ours_evaluated": "`dbt run` with the evaluation, without export",
    "ours_tested": "`dbt build`: the same with all tests",
    "floor": "floor: sort the rows, rewrite the artifacts",
    "polars_job": "Polars",
    "notebook": "notebook (pandas)",
    "notebook_cap_times": "notebook, with capped times",
}
PARTS = {
    "run": "`dbt run --exclude models/evaluation`",
    "export": "`scripts/export.py`",
}
PLOTTED = {
    "ours": "ours",
    "polars_job": "Polars",
    "notebook": "notebook (pandas)",
    "floor": "floor",
}
STEPS = (
    ("split", "user split", "RePlay", "`ColdUserRandomSplitter` (Polars)"),
    ("sessions", "sessions", "RePlay", "`Sessionizer` (pandas)"),
    ("sequences", "item ids and sequences", "RePlay", "`SequenceTokenizer` (Polars)"),
    ("sequences", "the same", "RecTools", "`Dataset`, `SequenceDataset` (pandas)"),
    ("pairs", "pairs", "RecBole", "`data_augmentation`"),
)
HEAD = """# Benchmarks

From one Parquet file of events like XuetangX's (`benchmarks/generate_events.py`) to all
artifacts: K = 5, Q = 10, prefixes of at most 20 items. Each figure is for whole
processes on two cores, including dbt's start and a cold parse. They take turns within
one run. Below 100 M events the peers' artifacts are checked to equal ours, row by row,
before anything is timed.

```console
$ make bench                                # 1 M and 10 M events
$ make bench SIZES="100000000 351000000"    # opt-in; results for other sizes stay
```

Figures are medians. CPU is user plus system time; memory is the largest resident set of
a process (for ours, the larger of dbt and export); 1 GB is 10^9 bytes. Ratios are
relative to ours: above 1 is slower, or larger, than ours. `benchmarks/results/` has
every turn.

![Wall time and peak memory against events](benchmarks.svg)
"""
REFUSED = (
    "| one user with 150,000 events, uncapped prefixes | refused with a clear message "
    "| [`test_bad_input.py`](../tests/python/test_bad_input.py)"
    "`::test_prefixes_that_would_fill_the_disk_stop_the_build` | tested |"
)
PEERS = """
## The peers

- **Notebook**: the algorithm of the pandas notebook that this project replaces
  ([`notebook.py`](../benchmarks/peers/notebook.py)), with its bugs fixed. To find the
  latest time before a label, it searches from the user's first event, which is
  quadratic in a user's events; "with capped times" is the same without that.
- **Polars**: lazy and streaming, sorted once
  ([`polars_job.py`](../benchmarks/peers/polars_job.py)), `POLARS_MAX_THREADS=2`.
- **Floor**: the work that nobody can avoid, in DuckDB
  ([`floor.py`](../benchmarks/peers/floor.py)): read, sort and write the raw rows, read
  and write the finished artifacts; nothing in between.

The peers write no report, manifest, fingerprints or registry; ours does. They evaluate
nothing, so ours is timed without the evaluation too.
"""
STEPS_HEAD = """
## Single steps

What one would use instead of a step, not of the whole, on the same rows in memory; the
time excludes reading them and loading the library. Ours is the SQL of that step alone.
RePlay splits users at random, ours by hash. Sequences are of events that are alone in
their second, so that there is one order, and are compared item by item. Both RecBole
and ours make a pair at every position here, including ties; RecBole fills fixed-length
arrays of items and times, as its models expect.

| step | rows or sessions | ours | library | | ratio |
|---|---|---|---|---|---|
"""
STEPS_HOW = """
```console
$ make .venv-bench/bench .venv-recommenders/recommenders
$ .venv-bench/bin/python benchmarks/steps/compare.py <events.parquet>
```
"""


@dataclass(frozen=True)
class Size:
    """The results of one size."""

    result: dict[str, Any]

    @property
    def events(self) -> int:
        """The number of events."""
        return self.result["events"]

    def took(self, peer: str, what: str, part: str | None = None) -> float | None:
        """The median over a peer's turns, or one part of them; None without turns."""
        turns = self.result["peers"].get(peer, [])
        if part:
            turns = [turn["parts"][part] for turn in turns]
        return median(turn[what] for turn in turns) if turns else None

    def peak_gb(self, peer: str, part: str | None = None) -> float | None:
        """The median of a peer's peak memory, in GB."""
        peak_mib = self.took(peer, "peak_mib", part)
        return None if peak_mib is None else peak_mib * 2**20 / 1e9


def ratio(a: float | None, b: float | None) -> float | None:
    """A / b, if both are known."""
    return a / b if a is not None and b is not None else None


def times(number: float | None) -> str:
    """A ratio as text."""
    return "" if number is None else f"{number:.2f} {TIMES}"


def how_measured(result: dict[str, Any]) -> str:
    """When it was measured, at which commit, how often and within which limit."""
    rounds = f"{result['rounds']} round{'s' if result['rounds'] > 1 else ''}"
    limit = result["memory_limit"]
    limited = f", ours with DUCKDB_MEMORY_LIMIT={limit}" if limit else ""
    return f"{result['date']}, commit {result['commit']}, {rounds}{limited}"


def table(size: Size) -> list[str]:
    """The results of one size."""
    result = size.result
    machine = result["machine"]
    packages = ", ".join(f"{name} {v}" for name, v in machine["packages"].items())
    lines = [
        "",
        f"## {size.events:,} events",
        "",
        f"{how_measured(result)}. "
        f"{machine['cores']} cores ({machine['processor']}), "
        f"{machine['memory_gib']} GiB; "
        f"Python {machine['python']}, {packages}.",
        "",
        "| | wall s | CPU s | peak GB | wall / ours | memory / ours |",
        "|---|---|---|---|---|---|",
    ]
    rows: list[tuple[str, str, str | None]] = [("ours", NAMES["ours"], None)]
    rows += [("ours", f"… {label}", part) for part, label in PARTS.items()]
    rows += [(peer, name, None) for peer, name in NAMES.items() if peer != "ours"]
    for peer, name, part in rows:
        if peer in result["failed"]:
            lines.append(f"| {name} | failed: {result['failed'][peer]} | | | | |")
            continue
        wall, cpu = (size.took(peer, what, part) for what in ("wall", "cpu"))
        peak = size.peak_gb(peer, part)
        if wall is None:
            continue
        to_ours = times(ratio(wall, size.took("ours", "wall")))
        memory_to_ours = times(ratio(peak, size.peak_gb("ours")))
        lines.append(
            f"| {name} | {wall:.1f} | {cpu:.1f} | {peak:.2f} | {to_ours} "
            f"| {memory_to_ours} |"
        )
    earlier = result.get("earlier", {}).items()
    lines += ["", "Measured earlier than the rest:", ""] if earlier else []
    lines += [f"- {NAMES[peer]}: {how_measured(how)}" for peer, how in earlier]
    full, compact = result["bytes"]["ours"], result["bytes"].get("ours_compact")
    lines += ["", f"Our artifacts take {full / 1e6:,.0f} MB as Parquet"]
    lines[-1] += f", {compact / 1e6:,.0f} MB in the compact layout." if compact else "."
    return lines


def targets(sizes: dict[int, Size]) -> list[str]:
    """The targets, and what was measured."""
    m1, m10, m100, m351 = (
        sizes.get(n) for n in (1_000_000, 10_000_000, 100_000_000, 351_000_000)
    )

    def wall(size: Size | None, peer: str, part: str | None = None) -> float | None:
        return size.took(peer, "wall", part) if size else None

    def peak(size: Size | None, peer: str) -> float | None:
        return size.peak_gb(peer) if size else None

    rows: list[tuple[str, float, str, str, float | None]] = [
        (
            "1 M: notebook's time / ours",
            *(5, "≥", TIMES, ratio(wall(m1, "notebook"), wall(m1, "ours"))),
        ),
        ("10 M: `scripts/export.py`", 5.3, "≤", "s", wall(m10, "ours", "export")),
        (
            "10 M: our time / Polars'",
            *(1.4, "≤", TIMES, ratio(wall(m10, "ours"), wall(m10, "polars_job"))),
        ),
        (
            "10 M: our time / Polars', second run",
            *(1.2, "≤", TIMES, ratio(wall(m10, "ours_again"), wall(m10, "polars_job"))),
        ),
        (
            "10 M: our memory / Polars'",
            *(0.25, "≤", TIMES, ratio(peak(m10, "ours"), peak(m10, "polars_job"))),
        ),
        (
            "10 M: `dbt build` / `dbt run`",
            *(1.5, "≤", TIMES),
            ratio(wall(m10, "ours_tested"), wall(m10, "ours_evaluated")),
        ),
        (
            "10 M: our time / the floor's",
            *(1.8, "≤", TIMES, ratio(wall(m10, "ours"), wall(m10, "floor"))),
        ),
        ("100 M: our time", 170, "≤", "s", wall(m100, "ours")),
        ("100 M: our peak memory", 2, "≤", "GB", peak(m100, "ours")),
        ("351 M: our time", 18, "≤", "min", ratio(wall(m351, "ours"), 60)),
        ("351 M: our peak memory", 7, "≤", "GB", peak(m351, "ours")),
    ]
    lines = ["", "## Targets", "", "| | target | measured | |"]
    lines.append("|---|---|---|---|")
    for what, target, sign, unit, found in rows:
        goal = f"{sign} {target:g} {unit}"
        if found is None:
            lines.append(f"| {what} | {goal} | not measured | |")
            continue
        met = found >= target if sign == "≥" else found <= target
        by = (
            f"by {found / target:.2f} {TIMES}"
            if sign == "≤"
            else f"{found / target:.2f} of it"
        )
        verdict = "met" if met else f"not met: {by}"
        lines.append(f"| {what} | {goal} | {found:.2f} {unit} | {verdict} |")
    return [*lines, REFUSED]


def steps_table() -> list[str]:
    """Single steps, ours and the libraries'."""
    path = RESULTS / "steps.json"
    if not path.exists():
        return []
    steps = json.loads(path.read_text())
    lines = [STEPS_HEAD.rstrip("\n")]
    for step, name, library, how in STEPS:
        ours, theirs = steps[step]["ours"], steps[step][f"with_{library.lower()}"]
        mine, other = (
            median(turn["seconds"] for turn in turns) for turns in (ours, theirs)
        )
        lines.append(
            f"| {name} | {ours[0]['n']:,} | {mine:.2f} s "
            f"| {library} {theirs[0]['version']}, {how} | {other:.2f} s "
            f"| {times(other / mine)} |"
        )
    return [*lines, STEPS_HOW.rstrip("\n")]


def plot(sizes: Iterable[Size], path: Path) -> None:
    """Plot wall time and peak memory against events, log-log, one line per peer."""
    sizes = list(sizes)
    figure, axes = plt.subplots(1, 2, figsize=(9, 4), layout="constrained")
    measures = {
        "wall time, s": lambda size, peer: size.took(peer, "wall"),
        "peak memory, GB": Size.peak_gb,
    }
    for axis, (label, measure) in zip(axes, measures.items(), strict=True):
        for peer, name in PLOTTED.items():
            found = [(size.events, measure(size, peer)) for size in sizes]
            points = [point for point in found if point[1] is not None]
            if points:
                axis.plot(*zip(*points, strict=True), marker="o", label=name)
        axis.set(xscale="log", yscale="log", xlabel="events", ylabel=label)
        axis.grid(visible=True, which="both", alpha=0.3)
    axes[0].legend()
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    """Run the command."""
    paths = (path for path in RESULTS.glob("*.json") if path.stem.isdigit())
    found = {int(path.stem): Size(json.loads(path.read_text())) for path in paths}
    sizes = dict(sorted(found.items()))
    lines = [HEAD.rstrip("\n"), *targets(sizes)]
    for size in sizes.values():
        lines += table(size)
    notes = (PROJECT / "benchmarks" / "notes.md").read_text(encoding="utf-8")
    lines += [PEERS.rstrip("\n"), *steps_table(), notes.rstrip("\n")]
    page = PROJECT / "docs" / "benchmarks.md"
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if sizes:
        plot(sizes.values(), page.with_suffix(".svg"))


if __name__ == "__main__":
    main()
