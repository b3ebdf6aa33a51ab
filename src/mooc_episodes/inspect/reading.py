"""What the build makes of the sample: its own models, over the sample's files."""

import datetime
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import duckdb
import jinja2
import yaml

from mooc_episodes.base.errors import UserError
from mooc_episodes.base.memory import limits
from mooc_episodes.base.paths import PROJECT
from mooc_episodes.inspect.sample import Sample
from mooc_episodes.templates import Templates

# of all macros, and of a column's values
EVERY_FOLDER = ("",)
EXAMPLES = 3


class Record(tuple):  # type: ignore[type-arg]
    """A row as macros know it."""

    __slots__ = ()

    def values(self) -> tuple[Any, ...]:
        """Its values."""
        return tuple(self)


@dataclass(frozen=True)
class Result:
    """What macros know of a query's result."""

    names: list[str]
    rows: list[Record]

    @property
    def columns(self) -> list[Record]:
        """Its columns' values."""
        return [
            Record(row[index] for row in self.rows) for index in range(len(self.names))
        ]

    @property
    def column_names(self) -> list[str]:
        """Its columns' names."""
        return self.names


class Models:
    """The project's models, each made when another or a query needs it."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, settings: dict[str, Any]
    ) -> None:
        """Load the macros.

        Args:
            connection: Where the tables are made.
            settings: The vars, as in dbt's --vars.
        """
        self.connection = connection
        self.made: set[str] = set()
        known = {**project_vars(), **settings}
        self.templates = Templates(
            EVERY_FOLDER,
            {
                "config": lambda **_: "",
                "exceptions": {"raise_compiler_error": stop},
                "execute": True,
                "flags": {"WHICH": "run"},
                "invocation_args_dict": {"vars": settings},
                "load_relation": lambda _: None,
                "ref": self.table,
                "run_query": self.run_query,
                "selected_resources": [],
                "tojson": lambda value, default=None, **_: json.dumps(value) or default,
                "var": lambda name, default=None: known.get(name, default),
            },
            jinja2.Undefined,
        )

    def run_query(self, query: str) -> Result:
        """Run a query of a macro."""
        done = self.connection.execute(query)
        names = [column[0] for column in done.description or []]
        return Result(names, [Record(row) for row in done.fetchall()])

    def check(self) -> None:
        """The checks that dbt makes before it builds.

        Raises:
            UserError: One fails; it says what to do.
        """
        self.templates.render("{% do check_settings() %}{% do check_input_files() %}")

    def table(self, name: str) -> str:
        """The name of a model's table, which is made if it is not yet."""
        if name not in self.made:
            self.made.add(name)
            [path] = (PROJECT / "models").glob(f"**/{name}.sql")
            query = self.templates.render(path.read_text(encoding="utf-8"))
            self.connection.execute(f"create temp table {name} as {query}")
        return name


def stop(message: str) -> None:
    """End as dbt does.

    Raises:
        UserError: Always.
    """
    raise UserError(message)


def project_vars() -> dict[str, Any]:
    """The vars of dbt_project.yml."""
    text = (PROJECT / "dbt_project.yml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)["vars"]
    return found


@dataclass(frozen=True)
class Reading:
    """What the build makes of the sample.

    Attributes:
        n_rows: Rows of the sample.
        n_read: Those with a user, an item and a time.
        unread: For each reason the rows and some of their values.
        n_users: Users of the rows read.
        n_items: Their items.
        first: The earliest time.
        last: The latest.
        n_tied: Events whose user has another in the same microsecond.
        n_repeats: Events that repeat another one's user, item and time.
        other_form: The setting that reads most of the times not read, how many, and the
            first; None if none does.
        of_users: For each user the number of events and of pairs.
        n_prefix_items: The items of all prefixes.
    """

    n_rows: int
    n_read: int
    unread: list[tuple[str, int, list[str]]]
    n_users: int = 0
    n_items: int = 0
    first: datetime.datetime | None = None
    last: datetime.datetime | None = None
    n_tied: int = 0
    n_repeats: int = 0
    other_form: tuple[str, int, str] | None = None
    of_users: list[tuple[int, int]] = field(default_factory=list)
    n_prefix_items: int = 0

    @property
    def has_pairs(self) -> bool:
        """Whether any user has two items at two times."""
        return any(pairs for _, pairs in self.of_users)

    def n_with(self, n: int) -> tuple[int, int]:
        """The users with so many events, and those who have so many pairs as well."""
        enough = [pairs for events, pairs in self.of_users if events >= n]
        return len(enough), sum(pairs >= n for pairs in enough)


def read(sample: Sample, settings: dict[str, Any]) -> Reading:
    """Read the sample as the build would with these settings.

    Raises:
        UserError: The build would stop before it reads a row.
        duckdb.Error: The rows cannot be read.
    """
    chosen = {
        "dataset": "inspected",
        "preset": "sample",
        **settings,
        "raw_events": sample.pattern,
        # every user counts who has a pair
        "episode_k": 1,
        "episode_q": 1,
        "min_interactions": 1,
    }
    with duckdb.connect(config=limits()) as connection:
        connection.execute("set timezone = 'UTC'")
        # the build hashes what it reads, and looks at each of many files; a look at the
        # sample need not
        connection.execute("create macro file_sha256(path) as cast(null as varchar)")
        connection.execute("create macro file_head(path) as cast(null as varchar[])")
        connection.execute("create macro may_leave_quote_open(p, d, q, e) as false")
        models = Models(connection, chosen)
        models.check()
        base = models.table("base_events")
        return counted(connection, models, base)


def counted(
    connection: duckdb.DuckDBPyConnection, models: Models, base: str
) -> Reading:
    """The figures of the models."""
    (n_rows, n_read) = connection.execute(
        f"select count(*), count(*) filter (reason is null) from {base}"
    ).fetchone() or (0, 0)
    unread = list(rejected(connection, base))
    if not n_read:
        return Reading(n_rows, n_read, unread)
    events = models.table("stg_events")
    n_users, n_items, first, last, n_repeats = (
        connection.execute(
            "select count(distinct user_id), count(distinct course_id), min(ts),"
            " max(ts), count(*) - count(distinct (user_id, course_id, ts))"
            f" from {events}"
        ).fetchone()
        or ()
    )
    (n_tied,) = connection.execute(
        "select coalesce(sum(n), 0)::bigint from (select count(*) as n from "
        f"{events} group by user_id, ts having count(*) > 1)"
    ).fetchone() or (0,)
    other_form = None
    if n_read < n_rows:
        forms = models.table("report_unread_times")
        other_form = connection.execute(
            f"select setting, n_rows, first_value from {forms}"
            " order by n_rows desc, form_number limit 1"
        ).fetchone()
    users, totals = models.table("int_users"), models.table("int_user_totals")
    of_users = connection.execute(
        f"select n_events, coalesce(n_pairs, 0) from {users} left join {totals}"
        " using (user_id)"
    ).fetchall()
    (n_prefix_items,) = connection.execute(
        f"select coalesce(sum(n_prefix_items), 0)::bigint from {totals}"
    ).fetchone() or (0,)
    return Reading(
        n_rows,
        n_read,
        unread,
        n_users,
        n_items,
        first,
        last,
        n_tied,
        n_repeats,
        other_form,
        of_users,
        n_prefix_items,
    )


def rejected(
    connection: duckdb.DuckDBPyConnection, base: str
) -> Iterator[tuple[str, int, list[str]]]:
    """Each reason with its rows and some of the values."""
    reasons = connection.execute(
        f"select reason, count(*) from {base} where reason is not null"
        " group by reason order by count(*) desc, reason"
    ).fetchall()
    for reason, n_rows in reasons:
        column = reason.split("; ")[0].split()[-1]
        values = connection.execute(
            f"select distinct {column}_given from {base} where reason = ? and"
            f" {column}_given is not null order by 1 limit {EXAMPLES}",
            [reason],
        ).fetchall()
        yield reason, n_rows, [str(value)[:80] for (value,) in values]
