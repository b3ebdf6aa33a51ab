"""What a model reaches, and how two models differ: means over users with intervals."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mooc_episodes.loader.arguments import shown
from mooc_episodes.loader.ranking import CUTOFF, MEASURES
from mooc_episodes.loader.tables import Table

INTERVAL = (0.025, 0.975)
USERS_AT_ONCE = 4096
NAMES = {"hr": f"HR@{CUTOFF}", "ndcg": f"NDCG@{CUTOFF}", "mrr": f"MRR@{CUTOFF}"}


@dataclass(frozen=True, eq=False)
class Queries:
    """Which queries were scored, of which users.

    Attributes:
        dataset: The dataset's name.
        fingerprint: The folder's, the sha256 of its manifest.json.
        content: The sha256 of what both layouts of the folder have.
        split: "train", "val" or "test".
        view: "all" or "first".
        n_queries: How many.
        users: Those who have one: ids as published, ascending, [U].
        weights: Each user's weight in each replicate of the bootstrap, uint8 [U, 1000].
    """

    dataset: str
    fingerprint: str
    content: str
    split: str
    view: str
    n_queries: int
    users: NDArray[Any]
    weights: NDArray[np.uint8] = field(repr=False)

    def __str__(self) -> str:
        """On one line."""
        return (
            f"{self.dataset}, {self.split}, view {self.view}: {len(self.users):,} "
            f"users, {self.n_queries:,} queries"
        )


@dataclass(frozen=True, eq=False)
class Figures:
    """Means over users of the three measures, each with a 95 % interval.

    Attributes:
        name: Whose they are.
        queries: Which queries were scored.
        values: Each user's own HR@10, NDCG@10 and MRR@10, in order of
            `queries.users`, float64 [U, 3].
        means: The means over users, and the ends of their intervals: lower, upper,
            float64 [3, 3].
    """

    name: str
    queries: Queries
    values: NDArray[np.float64] = field(repr=False)
    means: NDArray[np.float64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Work out means and intervals."""
        means = self.values.mean(0)
        low, high = intervals(self.values, self.queries.weights)
        object.__setattr__(self, "means", np.stack([means, low, high]))

    @property
    def n_users(self) -> int:
        """The number of users, each of whom counts once."""
        return len(self.queries.users)

    @property
    def n_queries(self) -> int:
        """The number of queries."""
        return self.queries.n_queries

    @property
    def users(self) -> NDArray[Any]:
        """The users' ids as published, ascending, [U]."""
        return self.queries.users

    @property
    def hr(self) -> float:
        """HR@10."""
        return float(self.means[0, 0])

    @property
    def hr_low(self) -> float:
        """The lower end of its interval."""
        return float(self.means[1, 0])

    @property
    def hr_high(self) -> float:
        """The upper end of its interval."""
        return float(self.means[2, 0])

    @property
    def ndcg(self) -> float:
        """NDCG@10."""
        return float(self.means[0, 1])

    @property
    def ndcg_low(self) -> float:
        """The lower end of its interval."""
        return float(self.means[1, 1])

    @property
    def ndcg_high(self) -> float:
        """The upper end of its interval."""
        return float(self.means[2, 1])

    @property
    def mrr(self) -> float:
        """MRR@10."""
        return float(self.means[0, 2])

    @property
    def mrr_low(self) -> float:
        """The lower end of its interval."""
        return float(self.means[1, 2])

    @property
    def mrr_high(self) -> float:
        """The upper end of its interval."""
        return float(self.means[2, 2])

    def row(self) -> dict[str, str | int | float | None]:
        """The figures under the names that report.json has, rounded to 6 digits."""
        found: dict[str, str | int | float | None] = {
            "split": self.queries.split,
            "view": self.queries.view,
            "name": self.name,
            "n_users": self.n_users,
            "n_queries": self.n_queries,
        }
        for name, own in zip(MEASURES, self.means.T, strict=True):
            for end, value in zip(("", "_low", "_high"), own, strict=True):
                found[name + end] = rounded(float(value))
        return found

    def cells(self, sign: str = "") -> list[str]:
        """Each measure as text."""
        return [with_interval(own, sign) for own in self.means.T]


class Result(Figures):
    """What a model reaches.

    >>> result = data.evaluate(lambda batch: np.zeros((*batch.query_y.shape, 428)),
    ...                        "test", allow_constant=True, name="chance")
    >>> result
    Result(chance: HR@10 0.0234 [0.0234, 0.0234])
    >>> result.n_users, result.n_queries, result.values.shape
    (17, 351, (17, 3))
    """

    def __repr__(self) -> str:
        """Its HR@10, on one line."""
        return f"Result({self.name}: {NAMES['hr']} {self.cells()[0]})"

    def _repr_html_(self) -> str:
        """The table, in a notebook."""
        return self.table()._repr_html_()

    def compare(self, other: Result) -> Comparison:
        """This result less another, user by user.

        An interval without 0 says that the two differ on users like these.

        Args:
            other: A result on the same folder, of either layout, split and view.

        Raises:
            ValueError: It is on other queries, so the users cannot be paired.
        """
        if not isinstance(other, Result):
            kind = type(other).__name__
            raise ValueError(f"other is a {kind}; it must be a Result of data.evaluate")
        for what in ("content", "split", "view"):
            one, two = getattr(self.queries, what), getattr(other.queries, what)
            if one != two:
                if what == "content":
                    what, one, two = (
                        "folder",
                        *(
                            f"{queries.dataset} ({queries.fingerprint[:12]})"
                            for queries in (self.queries, other.queries)
                        ),
                    )
                raise ValueError(
                    f"{self.name} and {other.name} cannot be paired: {what} is {one} "
                    f"and {two}; evaluate both on the same folder, split and view"
                )
        return Comparison(
            f"{self.name} - {other.name}", self.queries, self.values - other.values
        )

    def table(self, *others: Result) -> Table:
        """This result, and others next to it with the difference to each.

        >>> baselines = data.baselines("test")
        >>> table = baselines["next_item"].table(*baselines.values())
        >>> len(table.rows), table.header[:2]
        (15, ['', 'HR@10 [95 %]'])

        Args:
            others: Results on the same folder, split and view, e.g.
                `*data.baselines("test").values()`.

        Raises:
            ValueError: One is on other queries.
        """
        header = ["", f"{NAMES['hr']} [95 %]", NAMES["ndcg"], NAMES["mrr"]]
        caption = f"{self.queries}; means over users, all items ranked"
        rows = [[self.name, *self.short()]]
        if others:
            header.append(f"difference in {NAMES['hr']} [95 %]")
            caption += f"\ndifference: {self.name} less the row, paired by user"
            rows[0].append("")
        for other in others:
            difference = self.compare(other).cells("+")[0]
            shown = "" if other is self else difference
            rows.append([other.name, *other.short(), shown])
        return Table(caption, header, rows)

    def short(self) -> list[str]:
        """HR@10 with its interval, the other measures without."""
        return [self.cells()[0], f"{self.ndcg:.4f}", f"{self.mrr:.4f}"]


class ByName(dict[str, Result]):
    """Results by name."""

    def __missing__(self, name: Any) -> Result:
        """Refuse a name that there is not, and list those like it.

        Raises:
            KeyError: Always.
        """
        like = [own for own in self if own.split(",")[0] == name] or [*self]
        raise KeyError(f"{shown(name)}: not one of {', '.join(map(repr, like))}")


class Comparison(Figures):
    """One result less another: the mean over users of their differences."""

    def __repr__(self) -> str:
        """Its difference in HR@10, on one line."""
        return f"Comparison({self.name}: {NAMES['hr']} {self.cells('+')[0]})"

    def _repr_html_(self) -> str:
        """The table, in a notebook."""
        return self.table()._repr_html_()

    def table(self) -> Table:
        """The difference in each measure, and how many users gain and lose."""
        rows = [
            [
                NAMES[name],
                cell,
                f"{np.count_nonzero(own > 0):,}",
                f"{np.count_nonzero(own < 0):,}",
            ]
            for name, cell, own in zip(
                MEASURES, self.cells("+"), self.values.T, strict=True
            )
        ]
        header = ["", "difference [95 %]", "users higher", "users lower"]
        return Table(f"{self.name}; {self.queries}; paired by user", header, rows)


def intervals(
    values: NDArray[np.float64], weights: NDArray[np.uint8]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The ends of each column's interval: quantiles of the replicates' means.

    Args:
        values: [U, M].
        weights: [U, R].

    Returns:
        The lower ends and the upper ends, [M]; NaN if no replicate has a user.

    >>> weights = np.array([[1, 2, 1], [1, 0, 3]], np.uint8)
    >>> intervals(np.array([[0.0], [1.0]]), weights)
    (array([0.025]), array([0.7375]))
    """
    sums = np.zeros((weights.shape[1], values.shape[1]))
    for start in range(0, len(values), USERS_AT_ONCE):
        now = slice(start, start + USERS_AT_ONCE)
        sums += weights[now].T.astype(np.float64) @ values[now]
    totals = weights.sum(0, dtype=np.int64)
    drawn = totals > 0
    if not drawn.any():
        nothing = np.full(values.shape[1], np.nan)
        return nothing, nothing
    low, high = np.quantile(sums[drawn] / totals[drawn, None], INTERVAL, axis=0)
    return low, high


def rounded(value: float) -> float | None:
    """To 6 digits, half away from zero, after rounding to 12; None for NaN.

    >>> rounded(0.0078125), rounded(float("nan"))
    (0.007813, None)
    """
    if np.isnan(value):
        return None
    twelve = Decimal(value).quantize(Decimal("1e-12"), ROUND_HALF_UP)
    return float(twelve.quantize(Decimal("1e-6"), ROUND_HALF_UP)) + 0.0


def with_interval(mean_low_high: NDArray[np.float64], sign: str) -> str:
    """A mean and its interval to 4 digits.

    >>> with_interval(np.array([0.5, 0.25, 0.75]), "+")
    '+0.5000 [+0.2500, +0.7500]'
    """
    mean, low, high = (format(value + 0.0, f"{sign}.4f") for value in mean_low_high)
    return f"{mean} [{low}, {high}]"
