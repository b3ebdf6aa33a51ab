"""What Spark needs and does not find ends in one clear line, before anything starts."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import PROJECT
from mooc_episodes.warehouse.spark import java_version


def run_on_spark(**env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(PROJECT / "scripts" / "run.py"), "--target", "spark"],
        env={**{k: v for k, v in os.environ.items() if k != "JAVA_HOME"}, **env},
        capture_output=True,
        text=True,
        check=False,
    )


def fake_java(folder: Path, version: str) -> Path:
    """A folder like JAVA_HOME whose java only prints its version."""
    java = folder / "bin" / "java"
    java.parent.mkdir()
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\"' >&2\n")
    java.chmod(0o755)
    return folder


def test_no_java_is_reported(tmp_path: Path) -> None:
    done = run_on_spark(PATH=str(tmp_path))
    assert done.returncode == 2
    assert done.stderr == (
        "run: Spark needs Java 8, 11 or 17, and none is found by PATH; install one, or "
        "name its folder in env JAVA_HOME\n"
    )


def test_a_java_that_spark_does_not_run_on_is_reported(tmp_path: Path) -> None:
    home = fake_java(tmp_path, "21.0.1")
    done = run_on_spark(JAVA_HOME=str(home))
    assert done.returncode == 2
    assert done.stderr == (
        f"run: Spark needs Java 8, 11 or 17; by JAVA_HOME {home} it is 21; name "
        "another's folder in env JAVA_HOME\n"
    )


def test_another_run_in_the_same_warehouse_is_reported(tmp_path: Path) -> None:
    with (tmp_path / ".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        done = run_on_spark(SPARK_WAREHOUSE=str(tmp_path))
    assert done.returncode == 2
    assert done.stderr == (
        f"run: {tmp_path}: another run builds there; wait until it ends, or name "
        "another folder in env SPARK_WAREHOUSE; nothing was published\n"
    )


@pytest.mark.parametrize(
    ("message", "version"),
    [
        ('openjdk version "17.0.15" 2025-04-15', 17),
        ('java version "1.8.0_402"', 8),
        ('openjdk version "11" 2018-09-25', 11),
        ("no java at all", None),
    ],
)
def test_the_version_is_the_first_number_but_1(
    message: str, version: int | None
) -> None:
    assert java_version(message) == version


def test_a_warehouse_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = run_on_spark(SPARK_WAREHOUSE=str(tmp_path / "file" / "warehouse"))
    assert done.returncode == 2
    assert done.stderr == (
        f"run: {tmp_path / 'file' / 'warehouse'}: Not a directory; name a writable "
        "folder in env SPARK_WAREHOUSE\n"
    )


@pytest.mark.parametrize(("name", "sign"), [("data [1]", "["), ("a;b", ";")])
def test_a_warehouse_whose_path_spark_misreads_is_reported(
    name: str, sign: str, tmp_path: Path
) -> None:
    done = run_on_spark(SPARK_WAREHOUSE=str(tmp_path / name))
    assert done.returncode == 2
    assert done.stderr == (
        f"run: {tmp_path / name}: Spark cannot keep tables in a folder with "
        f"'{sign}' in its path; name another in env SPARK_WAREHOUSE\n"
    )
    assert not (tmp_path / name).exists()
