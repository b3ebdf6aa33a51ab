"""Public data sets: where they are, what they hold, and how to get one of them.

The archive runs Dataverse, which turns an uploaded CSV into a table of its own, `.tab`,
and keeps the upload beside it. Wanted is the upload. A file counts as the data set
where its content is: columns, rows, users, courses, times (docs/decisions/0014).
"""

import glob
import hashlib
import io
import json
import tempfile
import textwrap
from dataclasses import dataclass
from http.client import IncompleteRead
from pathlib import Path

import duckdb
import pooch

from mooc_episodes.base.errors import UserError
from mooc_episodes.base.paths import PROJECT

SERVER = "https://dataverse.harvard.edu"
TIMEOUT = 30.0

# The archive turns away the name that the HTTP library gives itself
# (IQSS/dataverse.harvard.edu, issue 479); this one is ours.
HEADERS = {"User-Agent": "mooc-episodes"}


@dataclass(frozen=True)
class Facts:
    """What a file of events holds.

    Attributes:
        rows: Its events.
        users: Who has some.
        courses: What they are of.
        first: The time of the earliest, in UTC.
        last: The time of the latest. The synthetic sample has MARS's counts, not its
            times.
    """

    rows: int
    users: int
    courses: int
    first: str | None
    last: str | None

    def __str__(self) -> str:
        """In words."""
        return (
            f"{self.rows:,} rows, {self.users:,} users, {self.courses:,} courses, "
            f"from {self.first} to {self.last}"
        )


@dataclass(frozen=True)
class Dataset:
    """A public data set: one file of an archive.

    Attributes:
        name: The preset of dbt_project.yml that builds it.
        doi: The archive's entry; its page is the authority for all about it.
        file: The file's name when it was uploaded.
        columns: Its header.
        facts: What it holds; None where that is not known beforehand.
        licence: Where its licence is told.
        citation: How to cite it.
    """

    name: str
    doi: str
    file: str
    columns: tuple[str, ...]
    facts: Facts | None
    licence: str
    citation: str

    @property
    def page(self) -> str:
        """The archive's page."""
        return f"https://doi.org/{self.doi}"

    @property
    def place(self) -> Path:
        """Where the preset looks for it."""
        return PROJECT / "data" / "raw" / "mars" / self.file


@dataclass(frozen=True)
class Fetched:
    """A data set's file that is in place.

    Attributes:
        path: The file.
        facts: What it holds.
        downloaded: Whether it was not there before.
    """

    path: Path
    facts: Facts
    downloaded: bool


@dataclass(frozen=True)
class Entry:
    """A file in the archive's list.

    Attributes:
        number: Its id.
        is_table: Whether the archive made a table of it; its upload is kept beside.
        md5: Of a file that is no table: what is delivered. Of a table it may be that
            of another form, so it is None.
    """

    number: int
    is_table: bool
    md5: str | None


MARS_DOI = "10.7910/DVN/BMY3UD"
MARS_COLUMNS = ("user_id", "item_id", "watch_percentage", "created_at", "rating")
MARS_LICENCE = (
    f"as the archive's page says, https://doi.org/{MARS_DOI} (Terms); "
    "read it before you use the data or pass them on"
)
MARS_CITATION = (
    'Hafsa, Mounir, 2022, "E-learning Recommender System Dataset" (Mandarine Academy '
    f"Recommender System, MARS), Harvard Dataverse, https://doi.org/{MARS_DOI}"
)

DATASETS = {
    dataset.name: dataset
    for dataset in (
        Dataset(
            name="mars",
            doi=MARS_DOI,
            file="explicit_ratings_en.csv",
            columns=MARS_COLUMNS,
            facts=Facts(
                rows=3_659,
                users=822,
                courses=776,
                first="2018-09-28 14:38:15",
                last="2021-09-20 16:26:06",
            ),
            licence=MARS_LICENCE,
            citation=MARS_CITATION,
        ),
        Dataset(
            name="mars_fr",
            doi=MARS_DOI,
            file="explicit_ratings_fr.csv",
            columns=MARS_COLUMNS,
            facts=None,
            licence=MARS_LICENCE,
            citation=MARS_CITATION,
        ),
    )
}


def fetch(
    dataset: Dataset, target: Path, server: str = SERVER, timeout: float = TIMEOUT
) -> Fetched:
    """Put a data set's file in place: whole and checked, or not at all.

    Args:
        dataset: What to get.
        target: Where to put it. A file that is there is checked, never overwritten.
        server: The Dataverse to ask.
        timeout: Seconds without an answer after which to give up.

    Raises:
        UserError: Another file is there, or the archive's cannot be had or is not as
            expected.
    """
    if target.is_dir():
        raise UserError(f"{target}: a folder; name the file")
    if target.exists():
        try:
            facts = check(target, dataset)
        except ValueError as error:
            raise UserError(
                f"{target}: {error}; it is left as it is: move it away and run this "
                "again to download"
            ) from None
        return Fetched(target, facts, downloaded=False)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        url, content = download(dataset, server, timeout)
        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=target.parent) as aside:
            part = Path(aside) / target.name
            part.write_bytes(content)
            try:
                facts = check(part, dataset)
            except ValueError as error:
                raise ValueError(f"{url}: {error}; it was not kept") from None
            part.replace(target)
    except ValueError as error:
        raise UserError(
            f"{error}; download {dataset.file} by hand, in its original format, from "
            f"{dataset.page}, put it at {target} and run this again to check it"
        ) from None
    return Fetched(target, facts, downloaded=True)


def download(dataset: Dataset, server: str, timeout: float) -> tuple[str, bytes]:
    """The data set's file as it was uploaded, and its address.

    Raises:
        ValueError: It cannot be had; the message says where and why.
    """
    listing = f"{server}/api/datasets/:persistentId/?persistentId=doi:{dataset.doi}"
    answer = receive(listing, timeout)
    try:
        entry = find_entry(answer, dataset.file)
    except ValueError as error:
        raise ValueError(f"{listing}: {error}") from None
    url = f"{server}/api/access/datafile/{entry.number}"
    if entry.is_table:
        url += "?format=original"
    content = receive(url, timeout)
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if entry.md5 not in (None, md5):
        raise ValueError(f"{url}: its md5 is {md5}, the archive lists {entry.md5}")
    return url, content


def receive(url: str, timeout: float) -> bytes:
    """What a server answers, whole; the files here are small.

    Raises:
        ValueError: It does not; the message says where and why.
    """
    body = io.BytesIO()
    try:
        pooch.HTTPDownloader(timeout=timeout, headers=HEADERS)(url, body, None)
    except (OSError, ValueError) as error:
        raise ValueError(f"{url}: {reason(error, timeout)}") from None
    return body.getvalue()


def reason(error: BaseException, timeout: float) -> str:
    """Why nothing was received, in a few words."""
    response = getattr(error, "response", None)
    if response is not None:
        return f"{response.status_code} {response.reason}"
    # the libraries wrap what happened several times
    while inner := error.__cause__ or (
        None if error.__suppress_context__ else error.__context__
    ):
        error = inner
    if isinstance(error, IncompleteRead):
        return "the answer broke off"
    if isinstance(error, TimeoutError):
        return f"no answer for {timeout:g} s (--timeout)"
    return getattr(error, "strerror", None) or str(error)


def find_entry(answer: bytes, file: str) -> Entry:
    """The entry of a file, by the name it was uploaded with.

    Raises:
        ValueError: The answer is no list of files, or the file is not in it.
    """
    names = {file, Path(file).with_suffix(".tab").name}
    listed = []
    try:
        for item in json.loads(answer)["data"]["latestVersion"]["files"]:
            found = item["dataFile"]
            is_table = "originalFileFormat" in found
            if names & {found["filename"], found.get("originalFileName")}:
                md5 = None if is_table else found.get("md5")
                return Entry(int(found["id"]), is_table, md5)
            listed.append(str(found["filename"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        raise ValueError("the answer is no list of files in JSON") from None
    raise ValueError(f"no file {file}; there are {', '.join(sorted(listed)) or 'none'}")


def check(path: Path, dataset: Dataset) -> Facts:
    """What a file holds, which is what the data set holds.

    Raises:
        ValueError: It is not; the message says what is found and what is expected.
    """
    header = ",".join(dataset.columns)
    # of a CSV nothing but its line ends is left to guessing
    query = (
        "create table events as from read_csv(?, header = true, delim = ',',"
        " quote = '\"', escape = '\"', skip = 0, comment = '', all_varchar = true,"
        " hive_partitioning = false)"
    )
    with duckdb.connect() as connection:
        try:
            # a * or [ in the name is no pattern
            connection.execute(query, [glob.escape(str(path))])
        except duckdb.InvalidInputException:
            raise ValueError(
                f"no CSV that can be read; expected UTF-8 with the columns {header}"
            ) from None
        columns = ",".join(connection.table("events").columns)
        if columns != header:
            columns = textwrap.shorten(columns, 200)
            raise ValueError(f"its columns are {columns}; expected {header}")
        (found,) = connection.execute(
            "select count(*), count(distinct user_id), count(distinct item_id),"
            " cast(min(try_cast(created_at as timestamp)) as varchar),"
            " cast(max(try_cast(created_at as timestamp)) as varchar)"
            " from events"
        ).fetchall()
    facts = Facts(*found)
    right = facts == dataset.facts if dataset.facts else facts.rows > 0
    if not right:
        raise ValueError(f"{facts}; expected {dataset.facts or 'some'}")
    return facts
