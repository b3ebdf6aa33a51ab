"""RePlay's ColdUserRandomSplitter and Sessionizer. Prints JSON."""

import json
import resource
import sys
import time
import warnings
from pathlib import Path

import pandas as pd
import polars as pl
from replay.preprocessing import Sessionizer
from replay.splitters import ColdUserRandomSplitter


def main() -> None:
    """Run the command; its arguments are a step and the folder of its input."""
    warnings.simplefilter("ignore")
    step, events = sys.argv[1], Path(sys.argv[2]) / "events.parquet"
    if step == "split":
        rows = pl.read_parquet(events)
        splitter = ColdUserRandomSplitter(0.15, seed=1, query_column="user_id")
        start = time.perf_counter()
        train, test = splitter.split(rows)
        seconds = time.perf_counter() - start
        n = len(train) + len(test)
    else:
        rows = pd.read_parquet(events)
        # ours starts a session after more than 1,800 s, RePlay at session_gap or more
        sessionizer = Sessionizer(session_gap=1801)
        start = time.perf_counter()
        done = sessionizer.transform(rows)
        seconds = time.perf_counter() - start
        n = done["session_id"].nunique()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "n": int(n), "peak_mib": peak}))


if __name__ == "__main__":
    main()
