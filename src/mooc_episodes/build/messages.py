"""What dbt, DuckDB or Spark says about a failure, in one line.

Their messages are several lines long, name our macros, and bury the user's file.
"""

import re
from typing import TYPE_CHECKING

import yaml

from mooc_episodes.base.errors import reason
from mooc_episodes.base.paths import PROJECT
from mooc_episodes.warehouse.build_record import log

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult

CSV_REASON = re.compile(
    r"Expected Number|Value with|Invalid unicode|Maximum line|.*state machine"
)
SHOWN = 80  # characters of a row
BAD_STATUSES = {"error", "fail", "runtime error"}


def failures(done: "dbtRunnerResult") -> list[str]:
    """Why a build failed, one line per reason."""
    if done.exception:
        error = str(done.exception) or type(done.exception).__name__
        # the message of one of our macros is complete
        in_file = "> in macro" not in error and re.search(
            r"Error in .* \((.+)\)\n", error
        )
        where = f"{in_file[1]}: " if in_file else ""
        return [yaml_slip() or f"{where}{one_line(error)}"]
    return [f"dbt build failed; {log()} has more than this:"] + [
        f"{result.node.name}: {one_line(result.message or str(result.status))}"
        for result in done.result.results
        if result.status in BAD_STATUSES
    ]


def one_line(message: str) -> str:
    """The message of an error from dbt or an engine, without the boilerplate."""
    lines = [line.strip() for line in message.splitlines()]
    lines = [
        line
        for line in lines
        if line and not re.match(r"(Compilation|Runtime|Database) Error", line)
    ]
    why = re.sub(r"^(Invalid Input|IO) Error: ", "", lines[0])
    if "An error occurred while calling" in message:
        return spark_reason(message) or why
    unknown = re.search(r"raw_events.sql\) depends on a node named '(.+?)' which", why)
    if unknown:
        return (
            f"raw_events: 'relation:{unknown[1]}': no such model or seed; of a table "
            f"name the schema too, relation:<schema>.{unknown[1]}"
        )
    sniffing = re.match(r'Error when sniffing file "(.*)"', why)
    if sniffing:
        return (
            f"'{sniffing[1]}' cannot be read as CSV: use UTF-8, fields separated by "
            'commas and quoted by ", as many in each row as in the header'
        )
    return duckdb_reason(why, lines)


def duckdb_reason(why: str, lines: list[str]) -> str:
    """The message of a DuckDB error, with file and line if it is about a CSV."""
    if "Too many open files" in why:
        return (
            f"{why}; files with different headers are open all at once: write all "
            "headers alike, or raise the limit (ulimit -n 65536)"
        )
    named = [line[7:] for line in lines if line.startswith("file = ")]
    where = f"'{named[-1]}'" if named else ""
    in_row = re.match(r"CSV Error on Line: (\d+)", why)
    if in_row:
        where += f", line {in_row[1]}"
        # the row itself comes first and may go on for lines
        row = lines[1].removeprefix("Original Line: ")
        why = next((line for line in lines[1:] if CSV_REASON.match(line)), lines[1])
        why = f"{why[:200]}: '{row[:SHOWN]}{'…' * (len(row) > SHOWN)}'"
    if "state machine" in why:
        why = (
            "line ends of several kinds or a stray quote; end all lines alike, "
            'quote fields by " and write a quote within one as ""'
        )
    return f"{where}: {why}" if named else why


def spark_reason(message: str) -> str:
    """Why a Spark task failed: the innermost cause, with its file."""
    causes = re.findall(r"^\s*(?:Caused by)?: [\w.$]+: (.+)$", message, re.MULTILINE)
    why = causes[-1].strip() if causes else ""
    if why.startswith("Unescaped quote character"):
        why = 'a stray quote; quote fields by " and write a quote within one as ""'
    if why.startswith("[MALFORMED_CSV_RECORD]"):
        why += "; give as many fields in each row as in the header"
    file = re.search(r"while reading file (?:file://)?(\S+)[.] ", message)
    return f"'{file[1]}': {why}" if file and why else why


def yaml_slip() -> str | None:
    """The first error in the project's YAML; dbt reports it without its file."""
    for path in [*sorted(PROJECT.glob("*.yml")), *sorted(PROJECT.glob("m*/**/*.yml"))]:
        try:
            yaml.safe_load(path.read_text(encoding="utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            where, why = str(path.relative_to(PROJECT)), reason(error)
            if isinstance(error, yaml.MarkedYAMLError):
                where += f", line {error.problem_mark.line + 1}"
                why = error.problem
            if getattr(error, "context_mark", None):
                why += f" {error.context} of line {error.context_mark.line + 1}"
            return f"{where}: {why}"
    return None
