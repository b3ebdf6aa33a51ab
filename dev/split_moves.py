"""Count how many users change split when others are dropped, for docs/splits.md.

Uses the plain-Python reference, which the tests compare with the models.
"""

import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(PROJECT / "tests" / "python"))

import reference  # noqa: E402, found through the line above


def splits(
    rows: list[reference.Row], method: str, dropped: set[int]
) -> dict[reference.Id, str]:
    """The split of each eligible user after dropping some users."""
    kept = [row for row in rows if int(row["user_id"] or 0) not in dropped]
    return reference.compute(kept, reference.Settings(split_method=method)).splits


def main() -> None:
    """Run the command: the MARS file is its only argument."""
    rows = reference.read_rows(Path(sys.argv[1]))
    for method in ("exact", "stable"):
        before = splits(rows, method, set())
        users = sorted(before)

        def moved(
            dropped: set[int], method: str = method, before: dict = before
        ) -> tuple[int, int]:
            after = splits(rows, method, dropped)
            return sum(after[user] != before[user] for user in after), len(after)

        alone = [moved({user})[0] for user in users[::4]]
        tenth, left = moved(set(users[::10]))
        print(
            f"{method}: {len(alone)} users dropped one at a time move "
            f"{sum(alone) / len(alone):.1f} others on average, {max(alone)} at most; "
            f"{len(users[::10])} dropped together move {tenth} of {left}"
        )


if __name__ == "__main__":
    main()
