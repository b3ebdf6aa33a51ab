"""Downloading a dataset's file with pooch, checked by what it holds.

pooch's own DOI downloader would get the table that Dataverse generates from an uploaded
CSV (.tab, separated by tabs); we want the upload, which it keeps next to it.
"""

import glob
import json
import shutil
import tempfile
import textwrap
from pathlib import Path

import duckdb
import pooch
import requests
import urllib3

from mooc_episodes.base.errors import UserError
from mooc_episodes.fetch.datasets import COLUMNS, DOI, PAGE, SERVER, Dataset, Facts

TIMEOUT = 30.0
# the archive rejects the user agent of requests
# (IQSS/dataverse.harvard.edu, issue 479)
HEADERS = {"User-Agent": "mooc-episodes"}


def fetch(
    dataset: Dataset, target: Path, server: str = SERVER, timeout: float = TIMEOUT
) -> tuple[Facts, bool]:
    """Put a dataset's file in place: complete and checked, or not at all.

    Args:
        dataset: What to get.
        target: Where to put it. A file that is there is checked, never overwritten.
        server: The Dataverse to ask.
        timeout: Seconds without an answer after which to give up.

    Returns:
        What the file holds, and whether it was downloaded.

    Raises:
        UserError: Another file is there, or the archive's cannot be downloaded or is
            not as expected.
    """
    if target.is_dir():
        raise UserError(f"{target}: a folder; name the file")
    if target.exists():
        try:
            return check(target, dataset), False
        except ValueError as error:
            raise UserError(
                f"{target}: {error}; it is left as it is: move it away and run this "
                "again to download"
            ) from None
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.part")
    try:
        with tempfile.TemporaryDirectory() as folder:
            file = download(dataset, Path(folder), server, timeout)
            facts = check(file, dataset)
            shutil.copyfile(file, part)  # pooch's file is readable by its owner only
        part.replace(target)
    except (requests.RequestException, ValueError) as error:
        raise UserError(
            f"{server}: {dataset.file}: {reason(error)}; nothing was put in place; "
            f"download {dataset.file} by hand, in its original format, from {PAGE}, "
            f"put it at {target} and run this again to check it"
        ) from None
    finally:
        part.unlink(missing_ok=True)
    return facts, True


def download(dataset: Dataset, folder: Path, server: str, timeout: float) -> Path:
    """Get the file as it was uploaded.

    Raises:
        RequestException: The server does not deliver it.
        ValueError: It delivers something else.
    """
    pooch.get_logger().setLevel("WARNING")
    get = pooch.HTTPDownloader(timeout=timeout, headers=HEADERS)
    url = f"{server}/api/datasets/:persistentId/?persistentId=doi:{DOI}"
    listing = pooch.retrieve(url, None, "listing", folder, downloader=get)
    names = {dataset.file, Path(dataset.file).with_suffix(".tab").name}
    try:
        version = json.loads(Path(listing).read_bytes())["data"]["latestVersion"]
        files = [entry["dataFile"] for entry in version["files"]]
        (file,) = [file for file in files if file["filename"] in names]
        url = f"{server}/api/access/datafile/{file['id']}"
    except (ValueError, KeyError, TypeError):
        raise ValueError(f"{url} does not list it") from None
    is_table = "originalFileFormat" in file
    url += "?format=original" if is_table else ""
    md5 = None if is_table else f"md5:{file['md5']}"
    return Path(pooch.retrieve(url, md5, "events.csv", folder, downloader=get))


def reason(error: BaseException) -> str:
    """Why the download failed, in a few words; requests wraps it several times."""
    if getattr(error, "response", None) is not None:
        return f"{error.response.status_code} {error.response.reason}"
    # no connection: what the system says is innermost
    around = urllib3.exceptions.MaxRetryError, urllib3.exceptions.NewConnectionError
    while isinstance(error, (OSError, *around)) and error.__context__:
        error = error.__context__
    return str(error).splitlines()[0]


def check(path: Path, dataset: Dataset) -> Facts:
    """What a file holds, if that is what the dataset holds.

    Raises:
        ValueError: It does not; the message says what was found and expected.
    """
    header = ",".join(COLUMNS)
    # DuckDB only detects the line ends
    query = (
        "create table events as from read_csv(?, header = true, delim = ',',"
        " quote = '\"', escape = '\"', skip = 0, comment = '', all_varchar = true,"
        " hive_partitioning = false)"
    )
    with duckdb.connect() as connection:
        try:
            # a * or [ in the name is not a pattern
            connection.execute(query, [glob.escape(str(path))])
        except duckdb.InvalidInputException:
            raise ValueError(
                f"not a readable CSV; expected UTF-8 with the columns {header}"
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
    if facts != (dataset.facts or facts) or not facts.rows:
        raise ValueError(f"{facts}; expected {dataset.facts or 'some'}")
    return facts
