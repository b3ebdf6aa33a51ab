"""The commands as a user runs them."""

import subprocess
import sys
from pathlib import Path

import pytest

from conftest import PROJECT, SAMPLE, Workspace


def run(workspace: Workspace, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=PROJECT,
        env=workspace.environment(),
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
    told = done.stdout.split("Done. ")[-1]
    assert (
        "mars: 3,659 rows, 0 rejected; 209 of 822 users have 4 events or more" in told
    )
    assert "users       pairs    episodes    users with episode" in told
    assert "  train        104" in told
    assert "tests      passed" in told
    assert (workspace.processed / "mars/episodes/episodes_train_K1_Q3.parquet").exists()


def test_a_run_that_fails_exports_nothing(workspace: Workspace) -> None:
    command = [sys.executable, "scripts/run.py", "--vars={episode_k: 0}"]
    done = run(workspace, *command, *places(workspace))
    assert done.returncode == 1
    assert "episode_k: 0 is not allowed" in done.stdout
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
    command = [sys.executable, "scripts/run.py", f"--raw-events={odd}"]
    done = run(workspace, *command, *places(workspace))
    assert done.returncode == 0, done.stdout + done.stderr
    assert Path(workspace.processed / "sample").exists()
