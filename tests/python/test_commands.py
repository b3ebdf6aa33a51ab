"""The commands as a user runs them."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from conftest import PROJECT, SAMPLE, Workspace


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


@pytest.mark.parametrize("script", ["run.py", "export.py", "make_sample.py"])
def test_each_script_explains_itself(script: str, workspace: Workspace) -> None:
    done = run(workspace, sys.executable, f"scripts/{script}", "--help")
    assert done.returncode == 0
    assert "usage:" in done.stdout


def test_an_unknown_option_is_wrong_usage(workspace: Workspace) -> None:
    done = run(workspace, sys.executable, "scripts/export.py", "--datasets")
    assert done.returncode == 2


def test_run_builds_publishes_and_says_what_was_made(workspace: Workspace) -> None:
    command = [
        *(sys.executable, "scripts/run.py", "--dataset=mars", f"--raw-events={SAMPLE}"),
        *("--vars={episode_k: 1, split_ratios: [0.5, 0.25, 0.25]}",),
    ]
    done = run(workspace, *command, *places(workspace))
    assert done.returncode == 0, done.stdout + done.stderr
    told = done.stdout
    assert told.startswith(
        "mars: 3,659 rows, 0 rejected; 209 of 822 users have 4 events or more"
    )
    assert "users       pairs    episodes    users with episode" in told
    assert "  train        104" in told
    assert "tests      passed" in told
    assert (workspace.processed / "mars/episodes/episodes_train_K1_Q3.parquet").exists()


def on_a_terminal(
    workspace: Workspace, *command: str, interrupt_at: bytes | None = None
) -> tuple[int, str]:
    """How a command ends and what it writes where standard error is a terminal.

    interrupt_at: a text at which Ctrl-C is pressed.
    """
    here, there = os.openpty()
    with subprocess.Popen(
        command,
        cwd=PROJECT,
        env=workspace.environment(TERM="xterm"),
        stdout=subprocess.DEVNULL,
        stderr=there,
    ) as process:
        os.close(there)
        told = b""
        # the terminal closes with an error, or with nothing, as systems differ
        with contextlib.suppress(OSError):
            while chunk := os.read(here, 4096):
                told += chunk
                if interrupt_at and interrupt_at in told:
                    process.send_signal(signal.SIGINT)
                    interrupt_at = None
    os.close(here)
    return process.returncode, told.decode()


def test_progress_is_told_on_a_terminal_and_nowhere_else(workspace: Workspace) -> None:
    command = [sys.executable, "scripts/run.py", *places(workspace)]
    returncode, told = on_a_terminal(workspace, *command)
    assert returncode == 0, told
    assert re.search(r"int_user_events +2,564 rows +\d+\.\d s +[\d,]+ rows/s", told)
    assert re.search(r"pairs +view", told)
    assert re.search(r"\d+ tests", told)
    done = run(workspace, *command)
    assert done.returncode == 0
    assert done.stderr == ""
    assert done.stdout.splitlines()[0].startswith("sample: 3,659 rows")


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
        max_prefix_len=1,
    )
    returncode, told = on_a_terminal(workspace, *workspace.export_command())
    assert returncode == 0, told
    assert "writing pairs" in told
    assert "100%" in told


def test_a_run_that_fails_exports_nothing(workspace: Workspace) -> None:
    command = [sys.executable, "scripts/run.py", "--vars={episode_k: 0}"]
    done = run(workspace, *command, *places(workspace))
    assert done.returncode == 1
    told = "run: episode_k: 0 is not allowed; use a whole number, 1 or more"
    assert done.stderr.splitlines() == [told]
    assert not workspace.processed.exists()


def test_what_csv_cannot_be_read_is_told_in_the_last_line(workspace: Workspace) -> None:
    events = workspace.root / "events.csv"
    row = "7,1,1,1970-01-02,1\n"
    head = "user_id,item_id,watch_percentage,created_at,rating\n"
    command = [
        *(sys.executable, "scripts/run.py", "--dataset=sample"),
        *(f"--raw-events={events}", *places(workspace)),
    ]
    for body, told in [
        (row * 9 + "1,2\n", "is no CSV that can be read: give UTF-8"),
        (row * 30_000 + "1,2\n", "line 30002: Expected Number of Columns: 5 Found: 2"),
    ]:
        events.write_text(head + body)
        done = run(workspace, *command)
        assert done.returncode == 1
        assert f"'{events}'" in done.stderr.splitlines()[-1]
        assert told in done.stderr.splitlines()[-1]
        assert "Traceback" not in done.stdout + done.stderr


def test_a_file_without_a_data_set_is_not_taken_for_the_sample(
    workspace: Workspace,
) -> None:
    done = run(workspace, sys.executable, "scripts/run.py", f"--raw-events={SAMPLE}")
    assert done.returncode == 2
    assert "given without a data set" in done.stderr


def test_a_setting_given_twice_is_told(workspace: Workspace) -> None:
    command = ["scripts/run.py", "--dataset=mars", "--vars={dataset: sample}"]
    done = run(workspace, sys.executable, *command)
    assert done.returncode == 2
    assert done.stderr == "run: dataset: given twice, 'mars' and 'sample'\n"


def test_a_database_that_cannot_be_opened_is_told(workspace: Workspace) -> None:
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
def test_a_database_that_cannot_be_written_is_told(
    below: str, workspace: Workspace, bound_by_permissions: list[str]
) -> None:
    workspace.root.chmod(0o555)
    command = [sys.executable, "scripts/run.py", f"--database={workspace.root / below}"]
    done = run(workspace, *bound_by_permissions, *command)
    assert done.returncode == 2
    (told,) = done.stderr.splitlines()
    assert told.startswith(f"run: {workspace.root}/")
    assert "Permission denied; name a file that can be written, with --data" in told


@pytest.mark.parametrize("closed", ["logs", "logs/dbt.log", "target/new"])
def test_a_place_that_dbt_cannot_write_is_told(
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
    (told,) = done.stderr.splitlines()
    assert told.startswith(f"run: {workspace.root / closed}: dbt must write there")
    assert "Traceback" not in done.stdout


def test_a_run_can_be_interrupted(workspace: Workspace) -> None:
    command = [sys.executable, "scripts/run.py", *places(workspace)]
    returncode, told = on_a_terminal(workspace, *command, interrupt_at=b" rows ")
    assert returncode == 130
    assert told.splitlines()[-1] == "run: interrupted; nothing was published"
    assert "Traceback" not in told
    assert not workspace.processed.exists()


def test_vars_that_are_no_mapping_are_told(workspace: Workspace) -> None:
    for wrong in ("episode_k", "{episode_k: 1"):
        done = run(workspace, sys.executable, "scripts/run.py", f"--vars={wrong}")
        assert done.returncode == 2
        assert done.stderr.startswith(f"run: --vars: '{wrong}' is no mapping")
        assert len(done.stderr.splitlines()) == 1


def places(workspace: Workspace) -> list[str]:
    return workspace.export_command()[2:]


def test_a_path_is_taken_as_it_is(workspace: Workspace) -> None:
    odd = workspace.root / 'it\'s $(here) & "there".csv'
    odd.write_bytes(SAMPLE.read_bytes())
    command = [sys.executable, "scripts/run.py", "--dataset=mars"]
    command += [f"--raw-events={odd}"]
    done = run(workspace, *command, *places(workspace))
    assert done.returncode == 0, done.stdout + done.stderr
    assert Path(workspace.processed / "mars").exists()
