"""A standalone cluster on loopback: a master and two workers, each a process."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyspark
import pytest

from conftest import PROJECT, Workspace, hashes

SPARK_CLASS = Path(pyspark.__file__).parent / "bin" / "spark-class"
MASTER = re.compile(r"Starting Spark master at (spark://\S+)")
REGISTERED = "Successfully registered with master"
STARTS_IN, BUILDS_IN = 120, 1_500  # seconds, on a machine that does other work
pytestmark = pytest.mark.timeout(2 * BUILDS_IN)


def wait_for(happened: Callable[[], object], what: str, seconds: float) -> None:
    """Raise an error if it does not happen in time."""
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until, f"{what}: not within {seconds} s"
        time.sleep(0.1)


class Cluster:
    """A master and its workers, each in a process group with its executors."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.master = ""

    def start(self) -> None:
        self.start_one("master", "master.Master", "--port", "0")
        wait_for(lambda: MASTER.search(self.log("master")), "the master", STARTS_IN)
        self.master = MASTER.findall(self.log("master"))[0]
        for name in ("one", "two"):
            options = ["--cores", "1", "--memory", "1g"]
            work = ["--work-dir", str(self.root / name)]
            self.start_one(name, "worker.Worker", *options, *work, self.master)
        for name in ("one", "two"):
            wait_for(lambda n=name: REGISTERED in self.log(n), name, STARTS_IN)

    def start_one(self, name: str, java: str, *options: str) -> None:
        command = [str(SPARK_CLASS), f"org.apache.spark.deploy.{java}", *options]
        with (self.root / f"{name}.log").open("wb") as log:
            self.processes[name] = subprocess.Popen(
                [*command, "--host", "127.0.0.1", "--webui-port", "0"],
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def log(self, name: str) -> str:
        return (self.root / f"{name}.log").read_text()

    def executors(self, worker: str) -> list[Path]:
        """The folders of the executors that a worker has started."""
        return [*(self.root / worker).glob("app-*/*")]

    def kill(self, name: str) -> None:
        """Kill a process and its executors."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(tmp_path / "cluster")
    made.root.mkdir()
    try:
        made.start()
        yield made
    finally:
        for name in [*made.processes]:
            made.kill(name)


def start_run(cluster: Cluster, place: Workspace) -> subprocess.Popen[str]:
    """Start scripts/run.py with the sample, on the cluster."""
    own = {
        "SPARK_MASTER": cluster.master,
        "SPARK_WAREHOUSE": str(place.root / "spark"),
    }
    return subprocess.Popen(
        [
            *(sys.executable, str(PROJECT / "scripts" / "run.py")),
            *("--target=spark", "--dataset=sample"),
            f"--processed-dir={place.processed}",
            f"--reports-dir={place.reports}",
            f"--registry={place.registry}",
        ],
        env=place.environment(**own),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.parametrize("is_one_killed", [False, True], ids=["", "one_killed"])
def test_a_cluster_of_two_workers_publishes_the_bytes_of_duckdb(
    cluster: Cluster, tmp_path: Path, is_one_killed: bool
) -> None:
    ours, other = Workspace(tmp_path / "duckdb"), Workspace(tmp_path / "spark")
    for place in (ours, other):
        place.root.mkdir()
    ours.build("build")
    ours.publish()
    run = start_run(cluster, other)
    try:
        if is_one_killed:
            tables = other.root / "spark" / "warehouse" / "sample.db"
            begun = tables / "int_user_events"
            wait_for(
                lambda: begun.exists() or run.poll() is not None,
                "int_user_events",
                BUILDS_IN,
            )
            assert cluster.executors("two")
            cluster.kill("two")
            assert run.poll() is None, run.communicate()[0]
        said = run.communicate(timeout=BUILDS_IN)[0]
    finally:
        run.kill()
    assert run.returncode == 0, said
    assert cluster.executors("one")
    made = [hashes((place.processed / "sample").resolve()) for place in (ours, other)]
    assert made[0] == made[1]
    assert len(made[0]) > 10
