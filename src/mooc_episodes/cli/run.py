"""Build a data set with `dbt build`, publish it, and say what was made and where.

With --json this is one object, as export.py has it: {"error": …} where the run failed,
a line for each model and test that did. dbt's own words are in its log, logs/dbt.log.

Exit codes: 0 published, 1 failed (the last line says why), 2 wrong usage or no place to
build in, 130 interrupted.
"""

import argparse
import contextlib
import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mooc_episodes.cli import command

with command.exit_on_error(left="nothing was published"):
    import duckdb
    import yaml

    from mooc_episodes.base import progress
    from mooc_episodes.base.errors import UserError
    from mooc_episodes.base.paths import PROJECT
    from mooc_episodes.cli.export import options, publish
    from mooc_episodes.warehouse import spark
    from mooc_episodes.warehouse.connection import cannot_open, limits

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult

CSV_REASON = re.compile(r"Expected Number|Value with|Invalid unicode|.*state machine")
DBT_FOLDERS = {"DBT_TARGET_PATH": "target", "DBT_LOG_PATH": "logs"}
TARGETS = ("duckdb", "spark")
BAD_STATUSES = {"error", "fail", "runtime error"}


def dbt_vars(given: argparse.Namespace) -> dict[str, Any]:
    """The vars of the build: those given, the data set, and the file where given.

    Raises:
        UserError: --vars is no mapping, or says otherwise than another option.
    """
    try:
        chosen = yaml.safe_load(given.vars)
    except yaml.YAMLError:
        chosen = None
    if not isinstance(chosen, dict):
        raise UserError(f"--vars: '{given.vars}' is no mapping; use '{{name: value}}'")
    own = {"dataset": given.dataset, "raw_events": given.raw_events}
    if own["raw_events"] and not own["dataset"]:
        raise UserError(
            f"'{own['raw_events']}' is given without a data set; name the preset whose "
            "settings and output folder it has (make run DATASET=…, or --dataset)"
        )
    if own["raw_events"] and not Path(own["raw_events"]).is_absolute():
        # dbt runs in the project's folder, wherever the user is
        own["raw_events"] = os.path.relpath(own["raw_events"], PROJECT)
    for name, value in own.items():
        if value and chosen.setdefault(name, value) != value:
            raise UserError(f"{name}: given twice, '{value}' and '{chosen[name]}'")
    return chosen


def usual_dataset() -> str:
    """The data set that dbt_project.yml names."""
    text = (PROJECT / "dbt_project.yml").read_text(encoding="utf-8")
    return yaml.safe_load(text)["vars"]["dataset"]


def check_database(path: Path) -> None:
    """Raise a UserError where dbt could not write to the database."""
    remedy = "name a file that can be written, with --database or env DUCKDB_PATH"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{path.parent}: {error.strerror}; {remedy}") from None
    try:
        duckdb.connect(str(path), config=limits()).close()
    except duckdb.Error as error:
        if "Permission denied" in str(error):
            raise UserError(f"{path}: Permission denied; {remedy}") from None
        raise cannot_open(path, error) from None


def check_folders() -> None:
    """Raise a UserError where dbt could not write its log or its own files."""
    for name, usual in DBT_FOLDERS.items():
        folder = PROJECT / os.environ.get(name, usual)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            there = [folder, *folder.iterdir()]
            closed = [path for path in there if not os.access(path, os.W_OK)]
        except OSError:
            closed = [folder]
        if closed:
            raise UserError(
                f"{closed[0]}: dbt must write there and is not permitted to; make it "
                f"writable, or name another folder in env {name}"
            )


def spark_reason(message: str) -> str:
    """What was wrong where a Spark task failed: the innermost cause, with its file."""
    causes = re.findall(r"^\s*(?:Caused by)?: [\w.$]+: (.+)$", message, re.MULTILINE)
    why = causes[-1].strip() if causes else ""
    if why.startswith("Unescaped quote character"):
        why = 'a stray quote; quote fields by " and write a quote within one as ""'
    if why.startswith("[MALFORMED_CSV_RECORD]"):
        why += "; give as many fields in each row as in the header"
    file = re.search(r"while reading file (?:file://)?(\S+)[.] ", message)
    return f"'{file[1]}': {why}" if file and why else why


def first_line(message: str) -> str:
    """What a dbt or DuckDB error says, in one line without its trappings."""
    lines = [line.strip() for line in message.splitlines()]
    told = [
        line
        for line in lines
        if line and not re.match(r"(Compilation|Runtime|Database) Error", line)
    ]
    why = re.sub(r"^(Invalid Input|IO) Error: ", "", told[0])
    if "An error occurred while calling" in message:
        return spark_reason(message) or why
    sniffing = re.match(r'Error when sniffing file "(.*)"', why)
    if sniffing:
        return (
            f"'{sniffing[1]}' is no CSV that can be read: give UTF-8, fields separated "
            'by commas and quoted by ", as many in each row as in the header'
        )
    file = next((line[7:] for line in reversed(told) if line.startswith("file = ")), "")
    where = f"'{file}'"
    in_row = re.match(r"CSV Error on Line: (\d+)", why)
    if in_row:
        where += f", line {in_row[1]}"
        # the row itself comes first and may go on for lines
        why = next((line for line in told[1:] if CSV_REASON.match(line)), told[1])
    if "state machine" in why:
        why = (
            "line ends of several kinds or a stray quote; end all lines alike, "
            'quote fields by " and write a quote within one as ""'
        )
    return f"{where}: {why}" if file else why


def yaml_slip() -> str | None:
    """The first slip in the project's YAML, which dbt tells without its file."""
    for path in [*sorted(PROJECT.glob("*.yml")), *sorted(PROJECT.glob("m*/**/*.yml"))]:
        try:
            yaml.safe_load(path.read_text(encoding="utf-8"))
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            where, why = str(path.relative_to(PROJECT)), command.reason(error)
            if isinstance(error, yaml.MarkedYAMLError):
                where += f", line {error.problem_mark.line + 1}"
                why = error.problem
            if getattr(error, "context_mark", None):
                why += f" {error.context} of line {error.context_mark.line + 1}"
            return f"{where}: {why}"
    return None


def failures(done: "dbtRunnerResult") -> list[str]:
    """Why a build failed, a line each."""
    if done.exception:
        error = str(done.exception) or type(done.exception).__name__
        # what a macro tells says by itself what is wrong
        in_file = "> in macro" not in error and re.search(
            r"Error in .* \((.+)\)\n", error
        )
        where = f"{in_file[1]}: " if in_file else ""
        return [yaml_slip() or f"{where}{first_line(error)}"]
    log = Path(os.environ.get("DBT_LOG_PATH", "logs")) / "dbt.log"
    return [f"dbt build failed; {log} has more than this:"] + [
        f"{result.node.name}: {first_line(result.message or str(result.status))}"
        for result in done.result.results
        if result.status in BAD_STATUSES
    ]


def build(given: argparse.Namespace) -> list[str]:
    """Run dbt build.

    Returns:
        Why it failed, a line each; nothing where it succeeded.

    Raises:
        UserError: The options, the database or dbt's folders cannot be used.
    """
    chosen = dbt_vars(given)
    if given.target != "spark":
        check_database(given.database)
    check_folders()
    os.environ["DUCKDB_PATH"] = str(given.database.absolute())
    os.chdir(PROJECT)
    settings = json.dumps(chosen, default=str)
    given_vars = f" --vars '{settings}'" if chosen else ""
    progress.say(f"dbt build{given_vars}: some seconds to its first model")
    # these take seconds themselves: not for --help
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    # what dbt would write is told here: once, and without colours
    quietly = ["--log-level=none", "--log-level-file=debug", "--no-use-colors"]
    dbt = dbtRunner(callbacks=[*progress.callbacks()])
    done = dbt.invoke([*quietly, "build", "--target", given.target, "--vars", settings])
    DuckDBConnectionManager.close_all_connections()
    if not done.success:
        return failures(done)
    if given.target == "spark":
        given.dataset = chosen.get("dataset") or usual_dataset()
        given.database = spark.warehouse() / "warehouse.duckdb"
        spark.read_with_duckdb(given.dataset, given.database)
    return []


def main() -> int:
    """Run the command and return its exit code."""
    parser = options(__doc__, usual="that of dbt_project.yml")
    parser.add_argument(
        "--raw-events", help="path or glob of .csv, .csv.gz or .parquet"
    )
    parser.add_argument(
        "--target",
        choices=TARGETS,
        default=TARGETS[0],
        help="the engine: DuckDB, or Spark as profiles.yml has it (default: duckdb)",
    )
    parser.add_argument(
        "--vars", default="{}", help="other settings, as YAML: '{episode_k: 3}'"
    )
    given = parser.parse_args()
    unusable = command.WRONG_USAGE
    held = spark.ready() if given.target == "spark" else contextlib.nullcontext()
    with command.exit_on_error(left="nothing was published", failed=unusable), held:
        whys = build(given)
    if whys:
        command.print_error(*whys)
        return command.FAILED
    return publish(given)


if __name__ == "__main__":
    sys.exit(main())
