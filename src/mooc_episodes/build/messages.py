"""What dbt, DuckDB or Spark says about a failure, in one line.

Their messages are several lines long, name our macros, and bury the user's file.
"""

import contextlib
import itertools
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from mooc_episodes.base.errors import reason
from mooc_episodes.base.heads import UNREADABLE, opened
from mooc_episodes.base.paths import PROJECT
from mooc_episodes.base.sentences import cut
from mooc_episodes.warehouse.build_record import log

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult

CSV_REASON = re.compile(
    r"Expected Number|Value with|Invalid unicode|Maximum line|.*state machine"
)
# as macros/input/advice.sql has it, for a line near the start
LONG_LINE = (
    "; a line may have 16 MB: shorten its longest field or remove that column; if a "
    "quote in it is never closed, close it"
)
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
        of_node(result.node.name, one_line(result.message or str(result.status)))
        for result in done.result.results
        if result.status in BAD_STATUSES
    ]


def of_node(name: str, line: str) -> str:
    """A line of a node, after its name; the model raw_events is also a setting."""
    return line if line.startswith(f"{name}: ") else f"{name}: {line}"


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
    if unknown and "which is disabled" in why:
        return f"raw_events: 'relation:{unknown[1]}': {why_disabled(unknown[1])}"
    if unknown:
        return (
            f"raw_events: 'relation:{unknown[1]}': no such model or seed; of a table "
            f"name the schema too, relation:<schema>.{unknown[1]}"
        )
    sniffing = re.match(r'Error when sniffing file "(.*)"', why)
    if sniffing:
        return (
            f"'{sniffing[1]}' cannot be read as CSV: a quote may be unclosed; use "
            'UTF-8, fields separated by commas and quoted by ", as many in each row as '
            "in the header"
        )
    return duckdb_reason(why, lines)


def why_disabled(model: str) -> str:
    """Which condition disables a model or seed, as far as known, and what to do."""
    for path in PROJECT.glob(f"models/**/{model}.sql"):
        text = path.read_text(encoding="utf-8")
        condition = re.search(
            r"\benabled\s*=\s*(.+?)\s*(?:,\s*\w+\s*=|\)\s*-?\}\})", text
        )
        where = path.relative_to(PROJECT)
        if condition:
            return (
                f"it is disabled: {where} has enabled={condition[1]}, which is "
                "false in this build; build the dataset that it names (DATASET=…), or "
                "change the condition"
            )
        return f"it is disabled; enable it in {where} or dbt_project.yml"
    return "it is disabled; enable it in its yml or dbt_project.yml"


def duckdb_reason(why: str, lines: list[str]) -> str:
    """The message of a DuckDB error, with file and line if it is about a CSV."""
    if "Too many open files" in why:
        return (
            f"{why}; files with different headers are open all at once: write all "
            "headers alike, or raise the limit (ulimit -n 65536)"
        )
    if "end of GZIP stream" in why:
        return f"{why}; the file is not complete: copy or download it again"
    if "not a GZIP stream" in why:
        return (
            f"{why}; the file is damaged or not packed with gzip: copy or download it "
            "again, or take .gz off its name"
        )
    in_object = re.match(
        r'Malformed JSON in file "(.+)", at byte \d+ in line (\d+): ([^.]+)', why
    )
    if in_object:
        file, line, what = in_object.groups()
        # it counts from 2 there
        return malformed_line(file, int(line) - 1, what)
    in_key = re.match(
        r'JSON transform error in file "(.+)", in line (\d+): .* duplicate key (.+)',
        why,
    )
    if in_key:
        return repeated_key(in_key[1], int(in_key[2]), in_key[3])
    named = [line[7:] for line in lines if line.startswith("file = ")]
    where = f"'{named[-1]}'" if named else ""
    in_row = re.match(r"CSV Error on Line: (\d+)", why)
    if in_row:
        where += f", line {in_row[1]}"
        # the row itself comes first and may go on for lines
        row = lines[1].removeprefix("Original Line: ")
        why = next((line for line in lines[1:] if CSV_REASON.match(line)), lines[1])
        is_long = why.startswith("Maximum line")
        why = f"{why[:200].rstrip('.')}: '{cut(row)}'"
        why += LONG_LINE * is_long
    if "state machine" in why:
        why = (
            "line ends of several kinds or a stray quote; end all lines alike, "
            'quote fields by " and write a quote within one as ""'
        )
    return f"{where}: {why}" if named else why


def malformed_line(file: str, number: int, what: str) -> str:
    """Which line of JSON lines is malformed.

    Args:
        file: The file.
        number: Its number, as in filled_line.
        what: What is wrong.
    """
    if "byte order mark" in what:
        return (
            f"'{file}' begins with a byte order mark, which JSON must not have; write "
            f"it without: {rewritten(file, 'tail -c +4')}, and use that file instead"
        )
    where, shown = filled_line(file, number)
    return f"{where}: malformed JSON, {what}{shown}; correct the line or remove it"


def repeated_key(file: str, number: int, key: str) -> str:
    """Which line of JSON lines has a key twice in its object.

    Args:
        file: The file.
        number: Its number, as in filled_line.
        key: The key.
    """
    where, shown = filled_line(file, number)
    return (
        f"{where}: more than one key {key}{shown}; write each key once; to keep the "
        f"last: {rewritten(file, 'jq -c .')}, and use that file instead"
    )


def filled_line(file: str, number: int) -> tuple[str, str]:
    """Where a line of JSON lines is, and its text; the file alone if it is not found.

    Args:
        file: The file.
        number: Its number among those that are not blank: DuckDB skips the others.
    """
    path = Path(file)
    with contextlib.suppress(*UNREADABLE), opened(path, path.suffix.lower()) as lines:
        filled = (line for line in enumerate(lines, start=1) if line[1].strip())
        found = next(itertools.islice(filled, number - 1, None), None)
        if found:
            text = found[1].decode("utf-8", "replace").strip()
            return f"'{file}', line {found[0]}", f": '{cut(text)}'"
    return f"'{file}'", ""


def rewritten(file: str, command: str) -> str:
    """A command that writes what another makes of a file's text, next to it."""
    path = Path(file)
    unpack = {".gz": "gzip -dc", ".zst": "zstd -dc"}.get(path.suffix.lower())
    copy = path.with_name(f"plain_{path.stem if unpack else path.name}")
    there, new = shlex.quote(file), shlex.quote(str(copy))
    if unpack:
        return f"{unpack} {there} | {command} > {new}"
    return f"{command} < {there} > {new}"


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
            if why == "found undefined alias 'defaults'":
                why += "; move this preset below sample, where *defaults is defined"
            return f"{where}: {why}"
    return None
