"""The tables of docs/training.md, from the results.

python examples/tables.py examples/results/*.json
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from meta_learning import LEARNERS, META, RULES
from mooc_episodes.loader.results import with_interval

Rows = dict[tuple[str, str], dict[str, Any]]
SCORED = (*LEARNERS, *RULES, "markov, all", "next_item", "popularity, past", "random")
ADAPTED = tuple(f"{name} - {name}, not adapted" for name in META)
AGAINST_TUNED = tuple(f"{name} - plain, fine-tuned" for name in META)
AGAINST_PLAIN = tuple(f"{name} - plain" for name in LEARNERS[1:])
AGAINST_RULES = tuple(
    f"{name} - {rule}" for rule in RULES for name in ("plain", "MAML", "Meta-SGD")
)
DIFFERENCES = (*ADAPTED, *AGAINST_PLAIN, *AGAINST_TUNED, *AGAINST_RULES)


def rows_of(found: dict[str, Any]) -> Rows:
    """All rows of one file of results, by view and name."""
    rows = found["learners"] + found["baselines"] + found["differences"]
    return {(row["view"], row["name"]): row for row in rows}


def cell(row: dict[str, Any], measure: str, sign: str) -> str:
    """A figure with its interval."""
    return with_interval([row[measure + end] for end in ("", "_low", "_high")], sign)


def table(
    files: list[dict[str, Any]], view: str, names: tuple[str, ...], measure: str
) -> list[str]:
    """A table of these names, a file a column.

    Args:
        files: Results.
        view: "first" or "all".
        names: Of learners, baselines or differences.
        measure: "hr", "ndcg" or "mrr".
    """
    every = [rows_of(found) for found in files]
    heads = [f"{found['dataset']}, {found['split_method']}" for found in files]
    lines = ["| | " + " | ".join(heads) + " |", "|---" * (len(files) + 1) + "|"]
    for name in names:
        cells = [
            cell(rows[view, name], measure, "+" if " - " in name else "")
            for rows in every
        ]
        shown = name.replace(f"- {name.split(' - ')[0]}, not", "less not")
        lines.append(f"| {shown} | " + " | ".join(cells) + " |")
    return lines


def tables(files: list[dict[str, Any]]) -> list[str]:
    """The four tables of the page, each a text."""
    wanted = [
        ("first", SCORED, "hr"),
        ("all", SCORED, "hr"),
        ("first", DIFFERENCES, "hr"),
        ("first", AGAINST_RULES, "ndcg"),
    ]
    return ["\n".join(table(files, *each)) for each in wanted]


def main() -> int:
    """Print the tables of the files given."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "results", nargs="+", type=Path, help="what meta_learning.py --out has written"
    )
    files = []
    for path in parser.parse_args().results:
        try:
            files.append(json.loads(path.read_text()))
            rows_of(files[-1])
        except (OSError, ValueError, KeyError, TypeError) as error:
            print(
                f"tables: {path}: cannot be read as results ({type(error).__name__}); "
                "give what meta_learning.py --out has written",
                file=sys.stderr,
            )
            return 1
    print("\n\n".join(tables(files)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
