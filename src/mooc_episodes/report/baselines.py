"""The baselines as a table to paste: Markdown, LaTeX and CSV."""

import csv
import io
from collections.abc import Callable
from typing import Any

from mooc_episodes.contract import BASELINES
from mooc_episodes.report.evaluation import NOT_BUILT, Rows

METRICS = {"hr": "HR@10", "ndcg": "NDCG@10", "mrr": "MRR@10"}
HEADINGS = ["View", "Baseline", "Form", *METRICS.values()]
COLUMNS = [
    *("split", "view", "baseline", "form", "n_users", "n_queries"),
    *(f"{metric}{end}" for metric in METRICS for end in ("", "_low", "_high")),
]


def with_interval(row: dict[str, Any], metric: str) -> str:
    """A value with its interval, three digits: 0.545 [0.422, 0.682]."""
    low, high = row[f"{metric}_low"], row[f"{metric}_high"]
    if low is None:
        return f"{row[metric]:.3f}"
    return f"{row[metric]:.3f} [{low:.3f}, {high:.3f}]"


def of_test(report: dict[str, Any]) -> Rows:
    """The scores of test, in both views."""
    return [row for row in report["evaluation"] or [] if row["split"] == "test"]


def cells(row: dict[str, Any]) -> list[str]:
    """A row of the table, under HEADINGS."""
    values = [with_interval(row, metric) for metric in METRICS]
    return [row["view"], row["baseline"], row["form"] or "", *values]


def caption(report: dict[str, Any]) -> str:
    """What the table is of."""
    if report["evaluation"] is None:
        return NOT_BUILT
    counts = [
        f"{row['n_users']:,} users and {row['n_queries']:,} queries in the view "
        f"{row['view']}"
        for row in of_test(report)
        if row["baseline"] == "random"
    ]
    settings = report["settings"]
    k, q = settings["episode_k"], settings["episode_q"]
    return (
        f"{report['dataset']}, split method {settings['split_method']}, K = {k}, "
        f"Q = {q}, test: {'; '.join(counts) or 'no query'}. Rules without training, "
        "all items ranked; 95 % intervals over users."
    )


def markdown(report: dict[str, Any]) -> str:
    """A table of Markdown."""
    lines = [HEADINGS, ["---"] * len(HEADINGS), *map(cells, of_test(report))]
    table = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([caption(report), "", *table, ""])


def latex(report: dict[str, Any]) -> str:
    """A tabular of LaTeX, which needs no package."""
    lines = [rf"{' & '.join(map(escaped, cells(row)))} \\" for row in of_test(report)]
    return "\n".join(
        [
            f"% {caption(report)}",
            rf"\begin{{tabular}}{{{'l' * len(HEADINGS)}}}",
            r"\hline",
            rf"{' & '.join(HEADINGS)} \\",
            r"\hline",
            *lines,
            r"\hline",
            r"\end{tabular}",
            "",
        ]
    )


def escaped(text: str) -> str:
    """Text as LaTeX has it; _ is the only special character in a cell."""
    return text.replace("_", r"\_")


def comma_separated(report: dict[str, Any]) -> str:
    """The rows as report.json has them, all digits."""
    text = io.StringIO()
    table = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    table.writeheader()
    table.writerows(of_test(report))
    return text.getvalue()


WRITERS: dict[str, Callable[[dict[str, Any]], str]] = dict(
    zip(BASELINES, (markdown, latex, comma_separated), strict=True)
)
