"""The ladder adds to what was measured before, or says why not."""

import json
from pathlib import Path
from typing import Any

import pytest

import ladder

OF_ALL = {
    "events": 5,
    "date": "2026-01-01",
    "commit": "old",
    "machine": {"cores": 2},
    "rounds": 3,
    "memory_limit": None,
    "peers": {"ours": [1], "ours_compact": [2], "floor": [3], "polars_job": []},
    "failed": {"floor": "exit 1", "polars_job": "exit 2"},
    "bytes": {"ours": 10, "ours_compact": 4},
}
OF_FLOOR = OF_ALL | {
    "commit": "new",
    "rounds": 1,
    "memory_limit": "1GB",
    "peers": {"ours": [5], "floor": [6]},
    "failed": {},
    "bytes": {"ours": 11},
    "earlier": {},
}


def test_those_who_took_no_part_keep_their_turns() -> None:
    how = {"date": "2026-01-01", "commit": "old", "rounds": 3, "memory_limit": None}
    expected = {
        "commit": "new",
        "rounds": 1,
        "memory_limit": "1GB",
        "peers": {"ours": [5], "floor": [6], "ours_compact": [2], "polars_job": []},
        "failed": {"polars_job": "exit 2"},
        "bytes": {"ours": 11, "ours_compact": 4},
        "earlier": {"ours_compact": how, "polars_job": how},
    }
    once = ladder.merged(OF_ALL, OF_FLOOR)
    assert once == OF_ALL | expected
    # when and how they were measured stays, however often others are
    assert ladder.merged(once, OF_FLOOR) == once


@pytest.mark.parametrize(
    ("change", "message"),
    [({"events": 6}, "other events"), ({"machine": {"cores": 4}}, "another machine")],
)
def test_a_result_of_something_else_is_not_added_to(
    change: dict[str, Any], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "5.json"
    assert ladder.measured_before(path, OF_FLOOR) == {}
    path.write_text(json.dumps(OF_ALL))
    assert ladder.measured_before(path, OF_FLOOR) == OF_ALL
    with pytest.raises(ladder.FailedError, match=f"5.json is for {message}; run again"):
        ladder.measured_before(path, OF_FLOOR | change)
