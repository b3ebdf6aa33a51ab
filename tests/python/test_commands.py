"""The commands as a user runs them."""

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import click
import duckdb
import pytest
import yaml

import mooc_episodes
from conftest import (
    PROJECT,
    SAMPLE,
    TINY,
    TINY_SETTINGS,
    Workspace,
    heed_interrupts,
)
from mooc_episodes.base.paths import public

SCRIPTS = sorted(path.name for path in (PROJECT / "scripts").glob("[!_]*.py"))
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def run(
    workspace: Workspace, *command: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=PROJECT,
        env=workspace.environment(**environment),
        capture_output=True,
        text=True,
        check=False,
    )


REMEDY = f"is not installed for {sys.executable}; run make run to set up .venv"


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_python_without_the_packages_ends_in_one_line(
    script: str, workspace: Workspace
) -> None:
    command = [sys.executable, "-S", f"scripts/{script}", "--help"]
    done = run(workspace, *command)
    assert done.returncode == 1
    name = script.removesuffix(".py")
    assert done.stderr == f"{name}: click {REMEDY}\n"
    assert done.stdout == ""
    done = run(workspace, *command, "--json")
    assert json.loads(done.stdout) == {"error": f"click {REMEDY}"}


@pytest.mark.parametrize("script", SCRIPTS)
def test_each_script_explains_itself(script: str, workspace: Workspace) -> None:
    done = run(workspace, sys.executable, f"scripts/{script}", "--help")
    assert done.returncode == 0
    assert "Usage:" in done.stdout
    # the module's own words, as they are
    module = f"mooc_episodes.cli.{script.removesuffix('.py')}"
    assert import_module(module).__doc__.strip() in done.stdout
    readme = (PROJECT / "README.md").read_text()
    documented = re.findall(r"^\| `(\d+)` \|", readme, flags=re.MULTILINE)
    exit_codes = done.stdout.partition("Exit codes: ")[2].partition(".\n")[0]
    assert re.findall(r"(?:^|,\s)(\d+) ", exit_codes) == documented


@pytest.mark.parametrize("script", SCRIPTS)
def test_each_script_prints_its_version(script: str, workspace: Workspace) -> None:
    done = run(workspace, sys.executable, f"scripts/{script}", "--version")
    assert done.stdout == f"mooc-episodes {mooc_episodes.__version__}\n"
    assert done.returncode == 0


def test_the_version_is_the_same_wherever_it_is_named() -> None:
    citation = yaml.safe_load((PROJECT / "CITATION.cff").read_text())
    assert str(citation["version"]) == mooc_episodes.__version__
    changes = (PROJECT / "CHANGELOG.md").read_text()
    newest = re.search(r"^## (\S+?),? ", changes, flags=re.MULTILINE)
    assert newest[1] == mooc_episodes.__version__


def test_an_unknown_option_is_wrong_usage(workspace: Workspace) -> None:
    command = [sys.executable, "scripts/export.py", "--json", "--datasets"]
    done = run(workspace, *command)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("export: No such option '--datasets'. ")
    assert line.endswith("; --help has the options")
    assert json.loads(done.stdout) == {"error": line.removeprefix("export: ")}


@pytest.fixture
def only_click(tmp_path: Path) -> dict[str, str]:
    """An environment in which Python has click and no other package."""
    (tmp_path / "packages").mkdir()
    (tmp_path / "packages" / "click").symlink_to(Path(click.__file__).parent)
    return {"PYTHONPATH": str(tmp_path / "packages")}


@pytest.mark.parametrize("script", SCRIPTS)
def test_help_needs_click_alone(
    script: str, workspace: Workspace, only_click: dict[str, str]
) -> None:
    command = [sys.executable, "-S", f"scripts/{script}", "--help"]
    done = run(workspace, *command, **only_click)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("arguments", "package"),
    [
        ("run.py", "duckdb"),
        ("export.py", "duckdb"),
        ("verify.py", "pyarrow"),
        ("report.py open", "altair"),
        ("explain.py user 7", "duckdb"),
        ("inspect.py events.csv", "duckdb"),
        ("fetch.py mars", "duckdb"),
        ("xuetangx.py new.parquet raw.json", "ijson"),
        ("convert.py recbole here there", "numpy"),
    ],
)
def test_a_missing_package_ends_in_one_line(
    arguments: str, package: str, workspace: Workspace, only_click: dict[str, str]
) -> None:
    script, *rest = arguments.split()
    command = [sys.executable, "-S", f"scripts/{script}", *rest]
    done = run(workspace, *command, **only_click)
    assert done.returncode == 1
    assert done.stderr == f"{script.removesuffix('.py')}: {package} {REMEDY}\n"


def test_importing_the_package_brings_in_nothing_heavy() -> None:
    heavy = "dbt", "duckdb", "click", "pyarrow", "altair", "jinja2", "yaml"
    code = f"import mooc_episodes, sys; print({{*{heavy}}} & {{*sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(PROJECT / "src")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "set()\n"


def test_a_reader_that_leaves_early_is_no_failure(
    tiny: Workspace, workspace: Workspace
) -> None:
    here, there = os.pipe()
    os.close(here)
    command = [sys.executable, "scripts/verify.py", str(tiny.processed / "sample")]
    done = subprocess.run(
        command, cwd=PROJECT, stdout=there, stderr=subprocess.PIPE, check=False
    )
    os.close(there)
    assert done.stderr == b""
    assert done.returncode == 0


def test_make_refuses_a_misspelt_variable(workspace: Workspace) -> None:
    known = run(workspace, "make", "--dry-run", "run", "DATASET=mars", "VARS={}")
    assert known.returncode == 0
    options = ("--dry-run", "--no-print-directory")
    done = run(workspace, "make", *options, "run", "DATSET=mars")
    assert done.returncode == 2
    assert "DATSET: not known; give any of DATASET RAW_EVENTS VARS" in done.stderr
    assert done.stdout == ""


def test_an_export_prints_for_programs_what_it_made(
    tiny: Workspace, workspace: Workspace
) -> None:
    database = f"--database={tiny.database}"
    done = workspace.export("--json", database)
    assert done.returncode == 0
    assert done.stderr == ""
    printed = json.loads(done.stdout)
    assert printed["dataset"] == "sample"
    assert Path(printed["folder"]) == workspace.processed / "sample"
    report = Path(printed["report_folder"])
    assert report == workspace.newest_report()
    assert printed["run_tag"] == report.name
    # the README's learner: three pairs make an episode
    made = ("n_users", "n_pairs_total", "n_episodes_total")
    assert [printed["metrics"][name] for name in made] == [1, 3, 1]
    assert (printed["tests"]["status"], printed["tests"]["not_run"]) == ("passed", 0)
    page = report / "report.html"
    assert printed["report_page"] == (str(page) if page.exists() else None)


def test_an_export_that_fails_reports_why_to_programs(workspace: Workspace) -> None:
    done = workspace.export("--json")
    assert done.returncode == 1
    why = f"{workspace.database}: no such database; run dbt build first"
    assert done.stderr == f"export: {why}\n"
    assert json.loads(done.stdout) == {"error": why}


def test_run_builds_publishes_and_says_what_was_made(workspace: Workspace) -> None:
    command = [
        *(sys.executable, "scripts/run.py", "--dataset=mars", f"--raw-events={SAMPLE}"),
        *("--vars={episode_k: 1, split_ratios: [0.5, 0.25, 0.25]}",),
    ]
    done = run(workspace, *command, *places(workspace))
    assert done.returncode == 0, done.stdout + done.stderr
    # progress is shown on a terminal only
    assert done.stderr == ""
    message = done.stdout
    # whatever the preset, these are the sample's events
    assert message.startswith(
        "mars (synthetic): 3,659 rows, 0 rejected; "
        "209 of 822 users have 4 events or more"
    )
    assert "users       pairs    episodes    users with episode" in message
    assert "  train        104" in message
    assert "tests      passed" in message
    assert message.splitlines()[-1].startswith(
        "  check it   .venv/bin/python scripts/verify.py "
    )
    assert (workspace.processed / "mars/episodes/episodes_train_K1_Q3.parquet").exists()


def on_a_terminal(
    workspace: Workspace, *command: str, interrupt_at: bytes | None = None
) -> tuple[int, str]:
    """How a command ends and what it writes where it writes to a terminal.

    interrupt_at: a text at which Ctrl-C is pressed.
    """
    environment = workspace.environment(TERM="xterm", DBT_USE_COLORS="true")
    here, there = os.openpty()
    with subprocess.Popen(
        command,
        cwd=PROJECT,
        env=environment,
        preexec_fn=heed_interrupts,
        stdout=there,
        stderr=there,
    ) as process:
        os.close(there)
        message = b""
        # the terminal closes with an error, or with nothing, as systems differ
        with contextlib.suppress(OSError):
            while chunk := os.read(here, 4096):
                message += chunk
                if interrupt_at and interrupt_at in message:
                    process.send_signal(signal.SIGINT)
                    interrupt_at = None
    os.close(here)
    return process.returncode, message.decode()


def test_progress_is_shown_on_a_terminal(workspace: Workspace) -> None:
    # a path is taken as it is
    odd = workspace.root / 'it\'s $(here) & "there".csv'
    odd.write_bytes(SAMPLE.read_bytes())
    command = [sys.executable, "scripts/run.py", "--dataset=mars", "--json"]
    command += [f"--raw-events={odd}", *places(workspace)]
    returncode, message = on_a_terminal(workspace, *command)
    assert returncode == 0, message
    assert re.search(r"int_user_events +table +\d+\.\d s", message)
    assert re.search(r"pairs +view +\d+\.\d s", message)
    assert re.search(r"\d+ tests", message)
    assert not COLOUR.search(message)
    summary = json.loads(message[message.index("{\r\n") :])
    assert Path(summary["folder"]) == workspace.processed / "mars"
    assert (workspace.processed / "mars").exists()


def test_a_long_export_shows_a_bar_on_a_terminal(workspace: Workspace) -> None:
    events = workspace.root / "events.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            "copy (select range // 100_000 as user_id, range % 7 as item_id,"
            f" range * 60 as created_at from range(700_000)) to '{events}'"
        )
    workspace.build(
        raw_events=str(events),
        columns={"watch_percentage": None, "rating": None},
        time_format="s",
        implausible_times="allow",
        max_prefix_len=1,
    )
    returncode, message = on_a_terminal(workspace, *workspace.export_command())
    assert returncode == 0, message
    assert "writing  [" in message
    assert re.search(r"writing  \[#+\] +100%", message)
    assert not COLOUR.search(message)


def test_a_run_that_fails_exports_nothing(workspace: Workspace) -> None:
    command = [sys.executable, "scripts/run.py", "--json", "--vars={episode_k: 0}"]
    done = run(workspace, *command, *places(workspace))
    assert done.returncode == 1
    message = "episode_k: 0 is not allowed; use a whole number, 1 or more"
    assert done.stderr == f"run: {message}\n"
    assert json.loads(done.stdout) == {"error": message}
    assert not workspace.processed.exists()


def test_a_setting_that_there_is_not_is_wrong_usage(workspace: Workspace) -> None:
    command = [sys.executable, "scripts/run.py", "--vars={epsiode_k: 2}"]
    done = run(workspace, *command, *places(workspace))
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("run: epsiode_k: no such var; the vars are dataset, raw_ev")


def test_the_next_steps_are_those_of_the_dataset(workspace: Workspace) -> None:
    events = workspace.root / "events.csv"
    events.write_text(TINY.replace("7,", "it's 7,") + "9,20,1,never,1\n")
    settings = TINY_SETTINGS | {
        "raw_events": str(events),
        "user_id_type": "varchar",
        "max_rejected_fraction": 1,
    }
    workspace.build(dataset="mars", **settings)
    workspace.build("run", "--select", "input_files")
    done = workspace.export("--dataset=mars")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == (
        "mars: 8 rows, 1 rejected; 1 of 2 users have 5 events or more, "
        "1 have an episode."
    )
    steps = dict(line.strip().split("   ", 1) for line in lines[-4:])
    assert list(steps) == ["look", "one user", "rejected", "check it"]
    printed = {}
    for name in ("one user", "rejected", "check it"):
        # in a shell, as a user pastes it
        step = run(workspace, "sh", "-c", steps[name])
        assert step.returncode == 0, step.stdout + step.stderr
        printed[name] = step.stdout
    assert printed["one user"].startswith("User it's 7 of mars\n")
    assert "unreadable created_at" in printed["rejected"]
    assert "report.html" in steps["look"]


def test_rows_that_stop_a_build_can_be_looked_at(workspace: Workspace) -> None:
    events = workspace.root / "events.csv"
    for text, table in (
        (TINY + "9,20,1,never,1\n", "rejected_events"),
        (TINY.splitlines()[0] + "\n9,20,1,never,1\n", "base_events"),
    ):
        events.write_text(text)
        fraction = 0.01 if table == "rejected_events" else 1
        done = workspace.dbt(
            "run",
            **TINY_SETTINGS,
            raw_events=str(events),
            max_rejected_fraction=fraction,
        )
        (line,) = [line for line in done.lines if "dbt show" in line]
        command = re.search(r"(DUCKDB_PATH=.*--limit 20)", line)[1]
        assert f".{table} where" in command
        shown = run(workspace, "sh", "-c", command)
        assert shown.returncode == 0, shown.stdout + shown.stderr
        assert "unreadable created_at" in shown.stdout


def test_a_build_that_fails_says_where_there_is_more(workspace: Workspace) -> None:
    command = [sys.executable, "scripts/run.py", "--vars={min_interactions: 5000}"]
    done = run(workspace, *command, *places(workspace))
    assert done.returncode == 1
    assert done.stdout == ""
    where, why = done.stderr.splitlines()
    log = workspace.root / "logs" / "dbt.log"
    assert where == f"run: dbt build failed; {log} has more than this:"
    assert log.exists()
    assert why.startswith(
        "run: int_users: no user of 'seeds/sample_events.csv' has min"
    )


def copy_of_project(workspace: Workspace) -> Path:
    copy = workspace.root / "project"
    for part in ("macros", "models", "scripts", "src"):
        shutil.copytree(PROJECT / part, copy / part)
    for path in PROJECT.glob("*.yml"):
        shutil.copy(path, copy)
    return copy


def test_a_preset_above_the_sample_is_reported_with_its_place(
    workspace: Workspace,
) -> None:
    copy = copy_of_project(workspace)
    project = copy / "dbt_project.yml"
    before, after = project.read_text().split("  presets:\n")
    number = before.count("\n") + 3
    preset = "  presets:\n    new:\n      <<: *defaults\n"
    project.write_text(before + preset + after)
    command = [sys.executable, str(copy / "scripts" / "run.py")]
    done = run(workspace, *command, *places(workspace))
    assert done.returncode == 1
    assert done.stderr == (
        f"run: dbt_project.yml, line {number}: found undefined alias "
        "'defaults'; move this preset below sample, where *defaults is defined\n"
    )


def test_a_model_that_is_disabled_is_reported_with_its_condition(
    workspace: Workspace,
) -> None:
    copy = copy_of_project(workspace)
    own = copy / "models" / "own" / "my_events.sql"
    own.parent.mkdir()
    own.write_text(
        '{{ config(enabled=var("dataset") == "mine", materialized="view") }}\n'
        "select 7 as user_id"
    )
    command = [
        *(sys.executable, str(copy / "scripts" / "run.py"), "--dataset=sample"),
        *("--raw-events=relation:my_events", *places(workspace)),
    ]
    done = run(workspace, *command)
    assert done.returncode == 1
    assert done.stderr == (
        "run: raw_events: 'relation:my_events': it is disabled: "
        'models/own/my_events.sql has enabled=var("dataset") == "mine", which is '
        "false in this build; build the dataset that it names (DATASET=…), or change "
        "the condition\n"
    )
    command[2] = "--dataset=mine"
    done = run(workspace, *command, "--vars={preset: sample}")
    assert done.stderr.splitlines()[-1] == (
        "run: raw_events: 'relation:my_events' has no columns 'item_id', 'created_at', "
        "'watch_percentage', 'rating'; it has user_id; name yours in columns, or null "
        "for a watch_percentage or rating you lack"
    )


@pytest.mark.parametrize(
    ("file", "right", "wrong", "line"),
    [
        ("dbt_project.yml", "episode_k: 2", "episode_k: 2: 3", "episode_k: 2\n"),
        ("profiles.yml", "  threads: 2", " threads: 2", "threads: 2\n"),
    ],
)
def test_a_slip_in_the_yaml_is_reported_with_file_and_line(
    file: str, right: str, wrong: str, line: str, workspace: Workspace
) -> None:
    copy = copy_of_project(workspace)
    text = (copy / file).read_text()
    (copy / file).write_text(text.replace(right, wrong, 1))
    command = [sys.executable, str(copy / "scripts" / "run.py")]
    done = run(workspace, *command, *places(workspace))
    assert done.returncode == 1
    number = text[: text.index(line)].count("\n") + 1
    assert done.stderr.startswith(f"run: {file}, line {number}: ")
    assert len(done.stderr.splitlines()) == 1


def test_what_csv_cannot_be_read_is_reported_in_the_last_line(
    workspace: Workspace,
) -> None:
    events = workspace.root / "events.csv"
    row = "7,1,1,1970-01-02,1\n"
    head = "user_id,item_id,watch_percentage,created_at,rating\n"
    command = [
        *(sys.executable, "scripts/run.py", "--dataset=sample"),
        *(f"--raw-events={events}", *places(workspace)),
    ]
    for body, message in [
        (row * 9 + "1,2\n", "line 11: Expected Number of Columns: 5 Found: 2"),
        (row * 30_000 + "1,2\n", "line 30002: Expected Number of Columns: 5 Found: 2"),
    ]:
        events.write_text(head + body)
        done = run(workspace, *command)
        assert done.returncode == 1
        assert f"'{events}'" in done.stderr.splitlines()[-1]
        assert message in done.stderr.splitlines()[-1]
        assert "Traceback" not in done.stdout + done.stderr


def test_where_the_input_lies_on_this_machine_is_not_published(
    tiny: Workspace,
) -> None:
    report = tiny.newest_report()
    config = json.loads((report / "config.json").read_text())
    assert config["settings"]["raw_events"] == "tiny.csv"
    found = json.loads((report / "report.json").read_text())["data_fingerprints"]
    assert found["raw_events"]["path"] == "tiny.csv"
    page = (report / "report.html").read_text()
    assert str(tiny.root / "tiny.csv").lstrip("/") not in page


def test_a_path_is_published_by_its_last_part_unless_it_is_in_the_project() -> None:
    assert public(PROJECT / "data/raw/x/*.parquet") == "data/raw/x/*.parquet"
    assert public(PROJECT / "../elsewhere/part*.csv") == "part*.csv"
    assert public(Path("/x/y.csv")) == "y.csv"


def test_a_file_without_a_data_set_is_not_taken_for_the_sample(
    workspace: Workspace,
) -> None:
    done = run(workspace, sys.executable, "scripts/run.py", f"--raw-events={SAMPLE}")
    assert done.returncode == 2
    assert "given without a dataset" in done.stderr


def test_a_setting_given_twice_is_reported(workspace: Workspace) -> None:
    command = ["scripts/run.py", "--dataset=mars", "--vars={dataset: sample}"]
    done = run(workspace, sys.executable, *command)
    assert done.returncode == 2
    assert done.stderr == "run: dataset: given twice, 'mars' and 'sample'\n"


def test_a_database_that_cannot_be_opened_is_reported(workspace: Workspace) -> None:
    workspace.database.write_text("not a database")
    done = run(workspace, sys.executable, "scripts/run.py", *places(workspace))
    assert done.returncode == 2
    assert done.stderr.startswith(f"run: {workspace.database}: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.fixture
def bound_by_permissions() -> list[str]:
    """What to put before a command so that permissions bind it, root's too."""
    if os.geteuid():
        return []
    # root without capabilities is a user like others
    dropped = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"]
    if not shutil.which("setpriv") or subprocess.run([*dropped, "true"]).returncode:
        pytest.skip("permissions do not bind root, and setpriv cannot drop its powers")
    return dropped


@pytest.mark.parametrize("below", ["warehouse.duckdb", "new/warehouse.duckdb"])
def test_a_database_that_cannot_be_written_is_reported(
    below: str, workspace: Workspace, bound_by_permissions: list[str]
) -> None:
    workspace.root.chmod(0o555)
    command = [sys.executable, "scripts/run.py", f"--database={workspace.root / below}"]
    done = run(workspace, *bound_by_permissions, *command)
    assert done.returncode == 2
    (message,) = done.stderr.splitlines()
    assert message.startswith(f"run: {workspace.root}/")
    assert "Permission denied; name a writable file with --data" in message


@pytest.mark.parametrize("closed", ["logs", "logs/dbt.log", "target/new"])
def test_a_place_that_dbt_cannot_write_is_reported(
    closed: str, workspace: Workspace, bound_by_permissions: list[str]
) -> None:
    logs = workspace.root / "logs"
    logs.mkdir()
    (logs / "dbt.log").touch()
    (workspace.root / "target").mkdir()
    (workspace.root / closed.removesuffix("/new")).chmod(0o555)
    command = [*bound_by_permissions, sys.executable, "scripts/run.py"]
    target = {"DBT_TARGET_PATH": str(workspace.root / "target/new")}
    done = run(workspace, *command, *places(workspace), **target)
    assert done.returncode == 2
    (message,) = done.stderr.splitlines()
    assert message.startswith(f"run: {workspace.root / closed}: dbt must write there")
    assert "Traceback" not in done.stdout


def test_a_run_can_be_interrupted(workspace: Workspace) -> None:
    command = [sys.executable, "scripts/run.py", *places(workspace)]
    returncode, message = on_a_terminal(workspace, *command, interrupt_at=b" table ")
    assert returncode == 130
    assert message.splitlines()[-1] == "run: interrupted; nothing was published"
    assert "Traceback" not in message
    assert not COLOUR.search(message)
    assert not workspace.processed.exists()


def interrupted(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """How a command ends at Ctrl-C, pressed until it does: exit code and outputs."""
    while process.poll() is None:
        process.send_signal(signal.SIGINT)
        time.sleep(0.02)
    output, message = process.communicate()
    return process.returncode, output, message


def test_many_interrupts_end_as_one(workspace: Workspace) -> None:
    command = [sys.executable, "scripts/run.py", *places(workspace)]
    log = workspace.root / "logs" / "dbt.log"
    with started(workspace, *command) as process:
        while process.poll() is None:
            if log.exists() and "START sql table model" in log.read_text():
                break
            time.sleep(0.05)
        ended = interrupted(process)
    assert ended == (130, "", "run: interrupted; nothing was published\n")


@pytest.mark.parametrize("module", ["pyarrow.lib", "dbt.version"])
def test_a_run_can_be_interrupted_while_it_imports(
    module: str, workspace: Workspace
) -> None:
    command = [sys.executable, "-X", "importtime", "scripts/run.py"]
    with started(workspace, *command, *places(workspace)) as process:
        for line in process.stderr:
            if line.endswith(f" {module}\n"):
                break
        returncode, output, message = interrupted(process)
    assert (returncode, output) == (130, "")
    others = [line for line in message.splitlines() if "import time:" not in line]
    assert others == ["run: interrupted; nothing was published"]


def started(workspace: Workspace, *command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        cwd=PROJECT,
        env=workspace.environment(),
        preexec_fn=heed_interrupts,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_vars_that_are_not_a_mapping_are_reported(workspace: Workspace) -> None:
    for wrong in ("episode_k", "{episode_k: 1"):
        done = run(workspace, sys.executable, "scripts/run.py", f"--vars={wrong}")
        assert done.returncode == 2
        assert done.stderr.startswith(f"run: --vars: '{wrong}' is not a mapping")
        assert len(done.stderr.splitlines()) == 1


def places(workspace: Workspace) -> list[str]:
    return workspace.export_command()[2:]


@pytest.mark.skipif(bool(find_spec("pyspark")), reason="Spark is installed here")
def test_spark_that_is_not_installed_is_reported(workspace: Workspace) -> None:
    done = run(workspace, sys.executable, "scripts/run.py", "--target=spark")
    assert done.returncode == 2
    assert done.stderr == (
        "run: Spark is not installed here; run make run TARGET=spark, or install "
        "requirements-spark.txt\n"
    )
