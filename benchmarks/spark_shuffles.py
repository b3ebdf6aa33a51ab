"""Measure how much Spark shuffles for each model, from Spark's own metrics.

Builds the models on Spark with the preset xuetangx from a Parquet file of events
(generate_events.py) and writes JSON: for each model its seconds, and the rows and bytes
that its stages read, shuffled and spilled. Run it with the Python of .venv-spark.

Exit codes: 0 written, 1 the build failed, 2 wrong usage.
"""

import argparse
import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from dbt.cli.main import dbtRunner
from pyspark.sql import SparkSession

PROJECT = Path(__file__).resolve().parents[1]


@dataclass
class Cost:
    """The cost of a model's stages.

    Attributes:
        seconds: The model's execution time as dbt reports it.
        rows_read: Rows that stages read from files.
        rows_shuffled: Rows that stages wrote for other stages.
        bytes_shuffled: Their size in bytes, compressed.
        bytes_spilled: Bytes that did not fit in memory and went to disk.
        largest_task_rows: Rows read from other stages by the task that read the most.
    """

    seconds: float
    rows_read: int = 0
    rows_shuffled: int = 0
    bytes_shuffled: int = 0
    bytes_spilled: int = 0
    largest_task_rows: int = 0


class Costs:
    """The cost of each model, summed when dbt reports that it finished."""

    def __init__(self) -> None:
        """Start before the first model."""
        self.models: dict[str, Cost] = {}
        self.seen: set[tuple[int, int]] = set()

    def __call__(self, event: Any) -> None:
        """Handle a dbt event."""
        if event.info.name == "NodeFinished":
            name = event.data.node_info.node_name
            cost = Cost(round(event.data.run_result.execution_time, 2))
            for stage in self.new_stages():
                cost.rows_read += stage.inputRecords()
                cost.rows_shuffled += stage.shuffleWriteRecords()
                cost.bytes_shuffled += stage.shuffleWriteBytes()
                cost.bytes_spilled += stage.diskBytesSpilled()
                cost.largest_task_rows = max(
                    cost.largest_task_rows, self.largest_task(stage)
                )
            self.models[name] = cost

    def new_stages(self) -> list[Any]:
        """The stages that Spark has run since the last call."""
        gateway = SparkSession.builder.getOrCreate().sparkContext._gateway
        stages = self.store().stageList(
            None, False, False, gateway.new_array(gateway.jvm.double, 0), None
        )
        new = []
        for number in range(stages.size()):
            stage = stages.apply(number)
            key = (stage.stageId(), stage.attemptId())
            if key not in self.seen:
                self.seen.add(key)
                new.append(stage)
        return new

    def largest_task(self, stage: Any) -> int:
        """The most rows that a task of the stage read from other stages."""
        tasks = self.store().taskList(stage.stageId(), stage.attemptId(), 10_000)
        return max(
            (
                metrics.get().shuffleReadMetrics().recordsRead()
                for metrics in (
                    tasks.apply(number).taskMetrics() for number in range(tasks.size())
                )
                if metrics.isDefined()
            ),
            default=0,
        )

    @staticmethod
    def store() -> Any:
        """Spark's status store, which lists the stages and tasks it ran."""
        return SparkSession.builder.getOrCreate().sparkContext._jsc.sc().statusStore()


def main() -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("events", type=Path, help="Parquet file or glob of events")
    parser.add_argument("result", type=Path, help="the JSON file to write")
    args = parser.parse_args()
    settings = {"dataset": "xuetangx", "raw_events": str(args.events.absolute())}
    result = args.result.absolute()
    os.chdir(PROJECT)
    costs = Costs()
    done = dbtRunner(callbacks=[costs]).invoke(
        ["--quiet", "run", "--target", "spark", "--vars", json.dumps(settings)]
    )
    if not done.success:
        return 1
    models = {name: asdict(cost) for name, cost in costs.models.items()}
    result.write_text(json.dumps(models, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
