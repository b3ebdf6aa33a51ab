"""What the Python tests share: a place to build and export in, and the real file."""

import contextlib
import gc
import hashlib
import io
import json
import os
import pickle
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2
import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from dbt.contracts.graph.manifest import Manifest
from dbt_common.events.base_types import EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.tests import enable_test_caching

from mooc_episodes.build.dbt import collect_garbage_rarely
from mooc_episodes.cli import export

PROJECT = Path(__file__).parents[2]
SAMPLE = PROJECT / "seeds" / "sample_events.csv"
REAL_MARS = Path(
    os.environ.get("RAW_MARS")
    or PROJECT.parent / "shared" / "data" / "mars" / "explicit_ratings_en.csv"
)
WITHOUT_REAL_MARS = f"no real MARS file: set RAW_MARS, or put it at {REAL_MARS}"
needs_real_mars = pytest.mark.skipif(not REAL_MARS.exists(), reason=WITHOUT_REAL_MARS)

TINY = """user_id,item_id,watch_percentage,created_at,rating
7,510,100,1970-01-01 09:00:00,10
7,510,50,1970-01-01 09:10:00,5
7,20,100,1970-01-01 09:40:00,10
7,30,100,1970-01-01 10:10:01,10
7,40,,1970-01-01 10:10:01,
7,20,0,1970-01-01 10:20:00,1
8,20,100,1970-01-01 09:00:00,10
"""
# TINY is of 1970, so that its epoch seconds are easy to check by hand
TINY_SETTINGS = {
    "min_interactions": 5,
    "episode_k": 1,
    "episode_q": 2,
    "implausible_times": "allow",
}

# dbt's own files about a run, which cost a tenth of a small one
NO_FILES = ["--no-write-json", "--log-level-file=none"]


def compile_templates_once() -> None:
    """Keep what Jinja makes of a text: dbt reads the project again for each build.

    dbt's own cache for tests has the syntax trees, this the code. Takes 2.0 s of CPU
    where a build's parsing takes 3.5.
    """
    enable_test_caching()
    compiled: dict[tuple[Any, ...], Any] = {}
    compile_template = jinja2.Environment.compile

    def compile_once(self: jinja2.Environment, source: Any, *given: Any) -> Any:
        key = (type(self), tuple(self.extensions), source, *given)
        if key not in compiled:
            compiled[key] = compile_template(self, source, *given)
        return compiled[key]

    jinja2.Environment.compile = compile_once  # type: ignore[method-assign]


def drop_debug_events() -> None:
    """Have dbt not make the events that only its log file would show.

    A seventh of a small build. A dbt started as a process logs as it does for a user.
    """
    fire_event = EventManager.fire_event

    def fire_if_shown(
        self: EventManager, event: Any, level: Any = None, *given: Any, **named: Any
    ) -> None:
        if (level or event.level_tag()) != EventLevel.DEBUG:
            fire_event(self, event, level, *given, **named)

    EventManager.fire_event = fire_if_shown  # type: ignore[method-assign]


compile_templates_once()
drop_debug_events()
collect_garbage_rarely()


# The settings that models, tests and references between them depend on. The others only
# change the SQL, which dbt renders when it runs (test_project.py).
SHAPING = (
    "dataset",
    "split_method",
    "split_times",
    "min_item_users",
    "time_from",
    "time_until",
    "pinned_splits",
    "pinned_vocab",
)

# pickled manifests, by what they depend on
PARSED: dict[str, bytes] = {}


def parse_once(database: str, settings: dict[str, Any]) -> Manifest | None:
    """The project as dbt parses it with some settings; None if it does not parse.

    Parsing takes a third of a small build.
    """
    shaping = {name: settings[name] for name in SHAPING if name in settings}
    if str(settings.get("raw_events")).startswith("relation:"):
        shaping["raw_events"] = settings["raw_events"]
    key = json.dumps([database, shaping], sort_keys=True)
    if key not in PARSED:
        given = ["--quiet", *NO_FILES, "--no-partial-parse", "parse"]
        done = dbtRunner().invoke([*given, "--vars", json.dumps(shaping)])
        if not done.success:
            return None
        PARSED[key] = pickle.dumps(done.result)
    return pickle.loads(PARSED[key])


def heed_interrupts() -> None:
    """For preexec_fn: a child that Ctrl-C ends, even if the tests' shell ignores it.

    A background job, nohup and some CI runners start their children ignoring SIGINT.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def hashes(folder: Path, *, but: Collection[str] = ()) -> dict[str, str]:
    """The sha256 of each file in a folder, without those of the names given."""
    return {
        path.relative_to(folder).as_posix(): sha256(path)
        for path in sorted(folder.rglob("*.*"))
        if path.name not in but
    }


def loading_page(folder: Path, library: str | None) -> list[str]:
    """The Python on docs/loading.md that uses a library, or no other, with a folder."""
    page = (PROJECT / "docs" / "loading.md").read_text()
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert len(blocks) > 4
    return [
        block.replace("data/processed/sample", str(folder))
        for block in blocks
        if library == next((one for one in ("torch", "jax") if one in block), None)
    ]


@dataclass(frozen=True)
class Invocation:
    """How a dbt command ended and what it said."""

    success: bool
    lines: list[str]


@dataclass(frozen=True)
class Workspace:
    """A database and folders of their own for dbt and the commands to work in.

    Attributes:
        root: The folder they are in.
        unit_tests: Whether dbt has unit tests. make test runs them once on DuckDB, and
            they take more than half of a small build.
    """

    root: Path
    unit_tests: bool = field(default=False, kw_only=True)

    @property
    def database(self) -> Path:
        return self.root / "warehouse.duckdb"

    @property
    def processed(self) -> Path:
        return self.root / "processed"

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    @property
    def registry(self) -> Path:
        return self.root / "meta.json"

    def environment(self, **extra: str) -> dict[str, str]:
        own = {
            "DUCKDB_PATH": str(self.database),
            "DBT_TARGET_PATH": str(self.root / "target"),
            "DBT_LOG_PATH": str(self.root / "logs"),
            "DBT_USE_COLORS": "false",
        }
        if not self.unit_tests:
            own["DBT_EXCLUDE_RESOURCE_TYPES"] = "unit_test"
        return os.environ | own | extra

    def dbt(self, *arguments: str, **settings: Any) -> Invocation:
        """Run dbt with settings as vars; in this process, to start sooner."""
        lines: list[str] = []
        files_wanted = {"parse", "--write-json", "retry"} & {*arguments}

        def listen(event: Any) -> None:
            if event.info.level != "debug":
                lines.extend(event.info.msg.splitlines())

        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environment().items():
                patch.setenv(name, value)
            patch.chdir(PROJECT)
            manifest = None
            elsewhere = any(
                argument.startswith(("--target", "--project-dir"))
                for argument in arguments
            )
            if not files_wanted and not elsewhere:
                manifest = parse_once(self.database.name, settings)
            done = dbtRunner(manifest, callbacks=[listen]).invoke(
                [
                    "--quiet",
                    *([] if files_wanted else NO_FILES),
                    *arguments,
                    "--vars",
                    json.dumps(settings),
                ]
            )
            DuckDBConnectionManager.close_all_connections()
        success = done.success
        if not success:
            del done
            gc.collect()  # a failed build's error holds its connection
        return Invocation(success, lines)

    def dbt_process(self, *arguments: str, **env: str) -> subprocess.Popen[str]:
        """Start dbt as a user does."""
        return subprocess.Popen(
            [str(Path(sys.executable).with_name("dbt")), *arguments],
            cwd=PROJECT,
            env=self.environment(**env),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def build(self, *arguments: str, **settings: Any) -> None:
        """Build the models but the evaluation, or run the dbt command given.

        It must succeed. The evaluation takes a quarter of a small build, and few tests
        look at it.
        """
        done = self.dbt(*(arguments or ["run", "--exclude", "evaluation"]), **settings)
        assert done.success, "\n".join(done.lines)

    def export_command(self, *arguments: str) -> list[str]:
        """The export, as a command line."""
        return [
            sys.executable,
            str(PROJECT / "scripts" / "export.py"),
            f"--database={self.database}",
            f"--processed-dir={self.processed}",
            f"--reports-dir={self.reports}",
            f"--registry={self.registry}",
            *arguments,
        ]

    def export(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the export."""
        return subprocess.run(
            self.export_command(*arguments), capture_output=True, text=True, check=False
        )

    def publish(self, *arguments: str) -> Path:
        """Run the export in this process; return the newest report's folder.

        It must succeed.
        """
        printed = io.StringIO()
        with (
            contextlib.redirect_stdout(printed),
            contextlib.redirect_stderr(printed),
            pytest.raises(SystemExit) as ended,
        ):
            export.main(self.export_command(*arguments)[2:])
        assert ended.value.code == 0, printed.getvalue()
        return self.newest_report()

    def newest_report(self) -> Path:
        """The folder of the report registered last."""
        run = json.loads(self.registry.read_text())["runs"][-1]
        return self.reports / run["notebook"] / run["run_tag"]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The bundled sample, built without tests, published in both layouts.

    It is not to change. The newest report is that of the full layout.
    """
    place = Workspace(tmp_path_factory.mktemp("sample"))
    place.build("run")
    place.publish("--layout=compact")
    place.publish()
    return place


@pytest.fixture
def own_sample(sample: Workspace, workspace: Workspace) -> Workspace:
    """The bundled sample, built without tests, to publish and to change."""
    shutil.copy(sample.database, workspace.database)
    return workspace


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The learner of the README, built with all tests and exported; not to change."""
    place = Workspace(tmp_path_factory.mktemp("tiny"))
    events = place.root / "tiny.csv"
    events.write_text(TINY)
    place.build("build", raw_events=str(events), **TINY_SETTINGS)
    place.publish()
    return place
