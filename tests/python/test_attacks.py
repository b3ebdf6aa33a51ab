"""Attacks on the promises: kills, full disks, readers, crowds, machines.

`make test` runs a sample of each; `make torture` all of it (TORTURE=1).
"""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import PROJECT, REAL_MARS, SAMPLE, Workspace, needs_real_mars
from mooc_episodes.publishing import lock
from test_against_reference import rows

TORTURE = "TORTURE" in os.environ
KILLS = 30 if TORTURE else 3
EXPORTS_WITH_A_READER = 20 if TORTURE else 6
EXPORTS_AT_ONCE = 8 if TORTURE else 4


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def hashes(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): sha256(path)
        for path in sorted(folder.rglob("*.*"))
    }


def verify(workspace: Workspace, dataset: str = "sample") -> None:
    manifest = workspace.processed / dataset / "manifest.json"
    done = subprocess.run(
        [sys.executable, str(PROJECT / "scripts" / "verify.py"), str(manifest)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The sample, built and exported: what the machine must not change."""
    place = Workspace(tmp_path_factory.mktemp("sample"))
    place.build()
    place.publish()
    return place


def with_profile(workspace: Workspace, **duckdb_settings: Any) -> list[str]:
    """Options that have dbt open the database with settings of its own."""
    output = {
        "type": "duckdb",
        "path": str(workspace.database),
        "threads": duckdb_settings.get("threads", 2),
        "settings": duckdb_settings,
    }
    profile = {"mooc_episodes": {"target": "own", "outputs": {"own": output}}}
    (workspace.root / "profiles.yml").write_text(json.dumps(profile))
    return ["--profiles-dir", str(workspace.root)]


# Deterministic


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_the_number_of_threads_changes_no_byte(
    threads: int, sample: Workspace, workspace: Workspace
) -> None:
    workspace.build("run", *with_profile(workspace, threads=threads))
    workspace.publish()
    assert hashes(workspace.processed / "sample") == hashes(sample.processed / "sample")


MACHINES = [
    {"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
    {"TZ": "America/St_Johns", "LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "2"},
]


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine["TZ"])
def test_zone_locale_and_hash_seed_change_no_byte(
    machine: dict[str, str], sample: Workspace, workspace: Workspace
) -> None:
    dbt = workspace.dbt_process("run", **machine)
    output, _ = dbt.communicate()
    assert dbt.returncode == 0, output
    done = subprocess.run(
        workspace.export_command(), env=os.environ | machine, check=False
    )
    assert done.returncode == 0
    assert hashes(workspace.processed / "sample") == hashes(sample.processed / "sample")


def test_what_was_built_before_changes_no_byte(
    sample: Workspace, workspace: Workspace
) -> None:
    workspace.build("run", dataset="mars", raw_events=str(SAMPLE), episode_k=4)
    workspace.build("run", split_seed=5, min_interactions=2)
    workspace.build("run")
    workspace.publish()
    assert hashes(workspace.processed / "sample") == hashes(sample.processed / "sample")


def test_the_order_of_rows_changes_no_byte(
    sample: Workspace, workspace: Workspace
) -> None:
    header, *lines = SAMPLE.read_text().splitlines()
    random.Random(1).shuffle(lines)
    shuffled = workspace.root / "shuffled.csv"
    shuffled.write_text("\n".join([header, *lines]) + "\n")
    workspace.build(raw_events=str(shuffled))
    workspace.publish()
    assert hashes(workspace.processed / "sample") == hashes(sample.processed / "sample")


def splits(workspace: Workspace, **settings: Any) -> dict[int, str]:
    workspace.build("run", "--select", "+user_splits", **settings)
    with duckdb.connect(str(workspace.database), read_only=True) as connection:
        query = "select user_id, split from sample.user_splits"
        return dict(connection.execute(query).fetchall())


def test_stable_splits_move_nobody_as_users_come_and_go(workspace: Workspace) -> None:
    header, *lines = SAMPLE.read_text().splitlines()
    users = sorted({line.split(",")[0] for line in lines})
    half = workspace.root / "half.csv"
    kept = [line for line in lines if line.split(",")[0] in set(users[::2])]
    half.write_text("\n".join([header, *kept]) + "\n")
    settings = {"split_method": "stable", "min_interactions": 1}
    everyone = splits(workspace, **settings)
    some = splits(workspace, raw_events=str(half), **settings)
    assert 0 < len(some) < len(everyone)
    assert some.items() <= everyone.items()


# Correct


@needs_real_mars
def test_pinned_to_the_notebook_s_split_pairs_and_episodes_are_the_notebook_s(
    workspace: Workspace,
) -> None:
    notebook = REAL_MARS.parent / "notebook"
    if not notebook.exists():
        pytest.skip(f"no artifacts of the notebook: {notebook}")
    pinned = workspace.root / "splits.csv"
    order: dict[str, list[int]] = {}
    lines = ["user_id,split"]
    for split in ("train", "val", "test"):
        text = (notebook / f"users_{split}.json").read_text()
        order[split] = json.loads(text)["users"]
        lines += [f"{user},{split}" for user in order[split]]
    pinned.write_text("\n".join(lines) + "\n")
    workspace.build(
        "run",
        dataset="mars",
        raw_events=str(REAL_MARS),
        split_method="pinned",
        pinned_splits=str(pinned),
    )
    workspace.publish()
    folder = workspace.processed / "mars"
    for name in ("course2id", "id2course"):
        ours = json.loads((folder / "vocab" / f"{name}.json").read_text())
        assert ours == json.loads((notebook / f"{name}.json").read_text())
    for split in ("train", "val", "test"):
        assert rows(folder / f"pairs/pairs_{split}.parquet") == rows(
            notebook / f"pairs_{split}.parquet"
        )
        # the notebook numbers episodes in the order of its shuffled users
        ours = rows(folder / f"episodes/episodes_{split}_K2_Q3.parquet")
        place = {user: number for number, user in enumerate(order[split])}
        ours.sort(key=lambda row: (place[row["user_id"]], row["episode_id"]))
        theirs = rows(notebook / f"episodes_{split}_K2_Q3.parquet")
        assert [row | {"episode_id": n} for n, row in enumerate(ours)] == theirs


# Atomic, and safe together


def leftovers(workspace: Workspace) -> list[Path]:
    """What no export should leave: staging folders, more than two versions."""
    versions = workspace.processed / ".versions" / "sample"
    found = [
        path for path in workspace.root.rglob("*.staging*") if path.name == ".staging"
    ]
    folders = [path for path in versions.iterdir() if path.is_dir()]
    return found + folders[2:]


def test_a_killed_export_leaves_the_old_set_or_the_new(workspace: Workspace) -> None:
    workspace.build()
    workspace.publish()
    old = hashes(workspace.processed / "sample")
    start = time.monotonic()
    workspace.publish()
    took = time.monotonic() - start
    workspace.build(episode_k=1)
    chance = random.Random(7)
    seen = set()
    for _ in range(KILLS):
        export = subprocess.Popen(
            workspace.export_command(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(chance.uniform(0.2, 1.1) * took)
        export.send_signal(signal.SIGKILL)
        export.wait()
        verify(workspace)
        seen.add(hashes(workspace.processed / "sample") == old)
    workspace.publish()
    verify(workspace)
    assert hashes(workspace.processed / "sample") != old
    assert leftovers(workspace) == []
    json.loads(workspace.registry.read_text())


def test_a_killed_build_leaves_the_published_set_and_can_be_run_again(
    workspace: Workspace,
) -> None:
    workspace.build()
    workspace.publish()
    old = hashes(workspace.processed / "sample")
    chance = random.Random(8)
    for _ in range(KILLS):
        dbt = workspace.dbt_process("run", "--vars", "{episode_k: 1}")
        time.sleep(chance.uniform(1, 6))
        dbt.send_signal(signal.SIGKILL)
        dbt.communicate()
        verify(workspace)
        assert hashes(workspace.processed / "sample") == old
    workspace.build(episode_k=1)
    workspace.publish()
    with duckdb.connect(str(workspace.database), read_only=True) as connection:
        query = "select table_name from duckdb_tables() where table_name like '%dbt_%'"
        assert connection.execute(query).fetchall() == []


def test_a_full_disk_is_told_and_leaves_the_old_set(workspace: Workspace) -> None:
    workspace.build()
    small = workspace.root / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=700k", "tmpfs", str(small)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("a small file system cannot be mounted here")
    try:
        places = [f"--processed-dir={small}/processed"]
        workspace.publish(*places)
        old = hashes(small / "processed" / "sample")
        (small / "filler").write_bytes(bytes(400_000))
        done = workspace.export(*places)
        assert done.returncode == 1
        assert "No space left on device; nothing was published" in done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert hashes(small / "processed" / "sample") == old
        (small / "filler").unlink()
        workspace.publish(*places)
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_a_reader_never_sees_a_mixture(workspace: Workspace) -> None:
    workspace.build()
    workspace.publish()
    other = Workspace(workspace.root / "other")
    other.root.mkdir()
    other.build(episode_k=1)
    folders: set[frozenset[tuple[str, str]]] = set()
    wrong: list[str] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            folder = (workspace.processed / "sample").resolve()
            manifest = json.loads((folder / "manifest.json").read_text())
            found = {
                (entry["path"], sha256(folder / entry["path"]))
                for entry in manifest["artifacts"]
            }
            listed = {(e["path"], e["sha256"]) for e in manifest["artifacts"]}
            if found != listed:
                wrong.append(str(folder))
            folders.add(frozenset(found))

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(EXPORTS_WITH_A_READER):
        source = other if number % 2 == 0 else workspace
        workspace.publish(f"--database={source.database}")
    stop.set()
    reader.join()
    assert wrong == []
    assert len(folders) == 2


def test_exports_at_once_are_all_registered_and_leave_one_complete_set(
    workspace: Workspace,
) -> None:
    workspace.build()
    exports = [
        subprocess.Popen(workspace.export_command(), stderr=subprocess.DEVNULL)
        for _ in range(EXPORTS_AT_ONCE)
    ]
    # to other folders, with the same reports and registry
    exports += [
        subprocess.Popen(
            workspace.export_command(f"--processed-dir={workspace.root}/{number}"),
            stderr=subprocess.DEVNULL,
        )
        for number in range(2)
    ]
    assert {export.wait() for export in exports} == {0}
    runs = json.loads(workspace.registry.read_text())["runs"]
    assert len(runs) == len(exports)
    assert len({run["run_id"] for run in runs}) == len(exports)
    assert len({run["run_tag"] for run in runs}) == len(exports)
    verify(workspace)
    assert leftovers(workspace) == []


def test_a_second_build_on_one_database_says_who_holds_it(
    workspace: Workspace,
) -> None:
    with duckdb.connect(str(workspace.database)):
        done = subprocess.run(
            [
                *(sys.executable, "scripts/run.py"),
                *workspace.export_command()[2:],
            ],
            cwd=PROJECT,
            env=workspace.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert f"in use by process {os.getpid()}" in line


def test_a_folder_that_cannot_be_written_is_told(workspace: Workspace) -> None:
    workspace.build()
    blocked = workspace.root / "blocked"
    blocked.write_text("a file, not a folder")
    done = workspace.export(f"--processed-dir={blocked}/processed")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "nothing was published" in done.stderr


def test_an_export_can_be_interrupted(workspace: Workspace) -> None:
    workspace.build()
    workspace.publish()
    old = hashes(workspace.processed / "sample")
    with lock(workspace.processed / ".versions" / "sample" / ".lock"):
        export = subprocess.Popen(
            workspace.export_command(), stderr=subprocess.PIPE, text=True
        )
        assert export.stderr.readline().startswith("waiting for another export")
        export.send_signal(signal.SIGINT)
        told = export.stderr.read()
    assert export.wait() == 130
    assert told == "export: interrupted\n"
    assert hashes(workspace.processed / "sample") == old
