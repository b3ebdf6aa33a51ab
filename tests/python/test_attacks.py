"""Attacks on the promises: kills, full disks, readers, crowds, machines.

`make test` runs a sample of each; `make torture` all of it (TORTURE=1).
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from conftest import (
    PROJECT,
    REAL_MARS,
    SAMPLE,
    Workspace,
    hashes,
    heed_interrupts,
    needs_real_mars,
    sha256,
)
from mooc_episodes.publish.folders import lock
from test_against_reference import rows

TORTURE = "TORTURE" in os.environ
# ten times as much, and a limit for all that
pytestmark = pytest.mark.timeout(6_000 if TORTURE else 600)
KILLS = 30 if TORTURE else 3
MODELS = len(list((PROJECT / "models").rglob("*.sql")))
EXPORTS_WITH_A_READER = 20 if TORTURE else 6
EXPORTS_AT_ONCE = 8 if TORTURE else 4


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
def other(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The sample under another setting, built and exported; not to change."""
    place = Workspace(tmp_path_factory.mktemp("other"))
    place.build(episode_k=1)
    place.publish()
    return place


# Deterministic


# users in no order; each has two events at one time in one course, and other ties
LARGE_LOG = """
    select
        i * 7919 % 50000 as user_id,
        (i * 7919 % 50000 + if(i < 100000, 0, i // 100000 + i % 3)) % 997 as item_id,
        i % 101 as watch_percentage,
        1538151509 + i // 100000 * 900 as created_at,
        i // 50000 as rating
    from range(300000) as log (i)
"""


def with_threads(workspace: Workspace, threads: int) -> list[str]:
    """Options that have dbt open the database with so many threads."""
    profile = yaml.safe_load((PROJECT / "profiles.yml").read_text())
    output = profile["mooc_episodes"]["outputs"]["duckdb"]
    output["threads"] = output["settings"]["threads"] = threads
    (workspace.root / "profiles.yml").write_text(json.dumps(profile))
    return ["--profiles-dir", str(workspace.root)]


def test_the_number_of_threads_changes_no_byte(workspace: Workspace) -> None:
    log = workspace.root / "large.parquet"
    # more row groups than threads, here and in DuckDB's tables (122,880 rows each)
    duckdb.sql(f"copy ({LARGE_LOG}) to '{log}' (row_group_size 20480)")
    found = []
    for threads in (1, 2, 4):
        options = with_threads(workspace, threads)
        workspace.build("run", *options, raw_events=str(log))
        workspace.publish()
        found.append(hashes(workspace.processed / "sample"))
    assert found[0] == found[1] == found[2]
    pairs = workspace.processed / "sample" / "pairs" / "pairs_train.parquet"
    [(n_pairs,)] = duckdb.sql(f"select count(*) from '{pairs}'").fetchall()
    assert n_pairs > 50_000


MACHINES = [
    {"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "1"},
    {"TZ": "America/St_Johns", "LC_ALL": "tr_TR.UTF-8", "PYTHONHASHSEED": "2"},
]
# run by Python before all else; by itself it takes only LC_CTYPE from the machine
TAKE_LOCALE = """
import locale, os
with open(os.environ["LOCALES_TAKEN"], "a") as handle:
    print(locale.setlocale(locale.LC_ALL, ""), file=handle)
"""


def with_locale(workspace: Workspace, name: str) -> dict[str, str]:
    """An environment in which Python takes a locale, made where the machine lacks it.

    Each process writes the locale that it took to the file LOCALES_TAKEN.
    """
    locales = workspace.root / "locales"
    locales.mkdir()
    (locales / "sitecustomize.py").write_text(TAKE_LOCALE)
    if name != "C":
        source, charmap = name.split(".")
        made = [*("localedef", "-i", source, "-f", charmap), str(locales / name)]
        if (
            not shutil.which("localedef")
            or subprocess.run(made, check=False).returncode
        ):
            pytest.skip(f"localedef cannot make the locale {name} here")
    return {
        "LOCPATH": str(locales),
        "PYTHONPATH": str(locales),
        "LOCALES_TAKEN": str(locales / "taken"),
    }


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine["TZ"])
def test_zone_locale_and_hash_seed_change_no_byte(
    machine: dict[str, str], sample: Workspace, workspace: Workspace
) -> None:
    environment = machine | with_locale(workspace, machine["LC_ALL"])
    dbt = workspace.dbt_process("run", **environment)
    output, _ = dbt.communicate()
    assert dbt.returncode == 0, output
    done = subprocess.run(
        workspace.export_command(), env=os.environ | environment, check=False
    )
    assert done.returncode == 0
    taken = Path(environment["LOCALES_TAKEN"]).read_text().split()
    assert len(taken) >= 2
    assert set(taken) == {machine["LC_ALL"]}
    assert hashes(workspace.processed / "sample") == hashes(sample.processed / "sample")


def test_what_was_built_before_changes_no_byte(
    sample: Workspace, workspace: Workspace
) -> None:
    workspace.build(dataset="mars", raw_events=str(SAMPLE), episode_k=4)
    workspace.build(split_seed=5, min_interactions=2)
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
    workspace.build("run", raw_events=str(shuffled))
    workspace.publish()
    ours, theirs = (
        # what says whose the events are: a copy of the sample is not the sample
        hashes(
            place.processed / "sample",
            but=("manifest.json", "README.md", "croissant.json"),
        )
        for place in (workspace, sample)
    )
    assert ours == theirs


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
        for number, row in enumerate(ours):
            for name in ("window", "n_known", "support_label_ts", "query_label_ts"):
                del row[name]  # columns that the notebook does not have
            row["episode_id"] = number
        assert ours == theirs


# Atomic, and safe together


PASSING = {".staging", ".link", ".meta.json.new"}


def leftovers(workspace: Workspace) -> list[Path]:
    """What no export should leave: what it works in, more than two versions."""
    versions = workspace.processed / ".versions" / "sample"
    found = [path for path in workspace.root.rglob("*") if path.name in PASSING]
    folders = [
        path
        for path in versions.iterdir()
        if path.is_dir() and not path.is_symlink() and path.name not in PASSING
    ]
    return found + folders[2:]


def wait_until(process: subprocess.Popen[Any], reached: Callable[[], bool]) -> None:
    """Wait for a moment in the life of a process, or its end."""
    while process.poll() is None and not reached():
        time.sleep(0.001)


def kill(process: subprocess.Popen[Any]) -> bool:
    """Kill a process; whether it still ran."""
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return process.returncode == -signal.SIGKILL


def test_a_killed_export_leaves_the_old_set_or_the_new(
    sample: Workspace,
    other: Workspace,
    workspace: Workspace,
    record_property: Callable[[str, int], None],
) -> None:
    link = workspace.processed / "sample"
    staged = workspace.processed / ".versions/sample/.staging/manifest.json"

    def start(source: Workspace) -> subprocess.Popen[bytes]:
        command = workspace.export_command(f"--database={source.database}")
        return subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    begun = time.monotonic()
    export = start(sample)
    wait_until(export, staged.exists)
    writing = time.monotonic() - begun
    assert export.wait() == 0
    old, new = (sample, hashes(link)), (other, hashes(other.processed / "sample"))
    chance = random.Random(7)
    seen = []
    killed = 0
    for number in range(KILLS):
        before = link.resolve()
        export = start(new[0])
        if number % 3 == 0:
            time.sleep(chance.uniform(0.2, 0.7) * writing)
        elif number % 3 == 1:
            wait_until(export, staged.exists)
            time.sleep(chance.uniform(0, 0.1) * writing)
        else:
            wait_until(export, lambda before=before: link.resolve() != before)
        killed += kill(export)
        found = hashes(link)
        assert found in (old[1], new[1])
        seen.append(found == new[1])
        json.loads(workspace.registry.read_text())
        assert len(leftovers(workspace)) <= len(PASSING)
        workspace.publish(f"--database={new[0].database}")
        assert hashes(link) == new[1]
        assert leftovers(workspace) == []
        old, new = new, old
    assert killed * 3 >= KILLS * 2
    assert set(seen) == {False, True}
    verify(workspace)
    record_property("exports killed", killed)


def test_a_killed_build_leaves_the_published_set_and_can_be_run_again(
    own_sample: Workspace, record_property: Callable[[str, int], None]
) -> None:
    own_sample.publish()
    old = hashes(own_sample.processed / "sample")
    chance = random.Random(8)
    killed = 0
    for _ in range(KILLS):
        dbt = own_sample.dbt_process("run", "--vars", "{episode_k: 1}")
        to_start = chance.randint(1, MODELS)
        for line in dbt.stdout:
            to_start -= " START " in line
            if to_start == 0:
                break
        time.sleep(chance.uniform(0, 0.1))
        killed += kill(dbt)
        assert hashes(own_sample.processed / "sample") == old
        own_sample.build("run", episode_k=1)
        with duckdb.connect(str(own_sample.database), read_only=True) as connection:
            query = (
                "select table_name from duckdb_tables() where table_name like '%dbt_%'"
            )
            assert connection.execute(query).fetchall() == []
    assert killed * 3 >= KILLS * 2
    assert hashes(own_sample.processed / "sample") == old
    own_sample.publish()
    verify(own_sample)
    record_property("builds killed", killed)


def test_a_full_disk_is_reported_and_leaves_the_old_set(own_sample: Workspace) -> None:
    small = own_sample.root / "small"
    small.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=900k", "tmpfs", str(small)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("a small file system cannot be mounted here")
    try:
        places = [f"--processed-dir={small}/processed"]
        own_sample.publish(*places)
        old = hashes(small / "processed" / "sample")
        (small / "filler").write_bytes(bytes(400_000))
        done = own_sample.export(*places)
        assert done.returncode == 1
        assert "No space left on device; nothing was published" in done.stderr
        assert len(done.stderr.splitlines()) == 1
        assert hashes(small / "processed" / "sample") == old
        (small / "filler").unlink()
        own_sample.publish(*places)
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_a_reader_never_sees_a_mixture(
    sample: Workspace,
    other: Workspace,
    workspace: Workspace,
    record_property: Callable[[str, int], None],
) -> None:
    workspace.publish(f"--database={sample.database}")
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
    try:
        for number in range(EXPORTS_WITH_A_READER):
            source = other if number % 2 == 0 else sample
            workspace.publish(f"--database={source.database}")
    finally:
        stop.set()
        reader.join()
    assert wrong == []
    assert len(folders) == 2
    record_property("exports during reads", EXPORTS_WITH_A_READER)


def test_exports_at_once_are_all_registered_and_leave_one_complete_set(
    own_sample: Workspace, record_property: Callable[[str, int], None]
) -> None:
    exports = [
        subprocess.Popen(own_sample.export_command(), stderr=subprocess.DEVNULL)
        for _ in range(EXPORTS_AT_ONCE)
    ]
    # to other folders, with the same reports and registry
    exports += [
        subprocess.Popen(
            own_sample.export_command(f"--processed-dir={own_sample.root}/{number}"),
            stderr=subprocess.DEVNULL,
        )
        for number in range(2)
    ]
    assert {export.wait() for export in exports} == {0}
    runs = json.loads(own_sample.registry.read_text())["runs"]
    assert len(runs) == len(exports)
    assert len({run["run_id"] for run in runs}) == len(exports)
    assert len({run["run_tag"] for run in runs}) == len(exports)
    verify(own_sample)
    assert leftovers(own_sample) == []
    record_property("exports at once", len(exports))


def test_a_second_build_on_one_database_says_who_holds_it(
    workspace: Workspace,
) -> None:
    first = workspace.dbt_process("run")
    wait_until(first, lambda: " START " in first.stdout.readline())
    first.send_signal(signal.SIGSTOP)
    second = subprocess.run(
        [sys.executable, "scripts/run.py", *workspace.export_command()[2:]],
        cwd=PROJECT,
        env=workspace.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    first.send_signal(signal.SIGCONT)
    output, _ = first.communicate()
    assert first.returncode == 0, output
    assert second.returncode == 2
    (line,) = second.stderr.splitlines()
    assert f"in use by process {first.pid}" in line


def test_a_folder_that_cannot_be_written_is_reported(own_sample: Workspace) -> None:
    blocked = own_sample.root / "blocked"
    blocked.write_text("a file, not a folder")
    done = own_sample.export(f"--processed-dir={blocked}/processed")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "nothing was published" in done.stderr


def test_an_export_can_be_interrupted(own_sample: Workspace) -> None:
    own_sample.publish()
    old = hashes(own_sample.processed / "sample")
    with lock(own_sample.processed / ".versions" / "sample" / ".lock"):
        export = subprocess.Popen(
            own_sample.export_command(),
            preexec_fn=heed_interrupts,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert export.stderr.readline().startswith("waiting for another export")
        export.send_signal(signal.SIGINT)
        message = export.stderr.read()
    assert export.wait() == 130
    assert message == "export: interrupted\n"
    assert hashes(own_sample.processed / "sample") == old
