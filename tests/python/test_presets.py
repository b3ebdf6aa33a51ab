"""Presets whose real file is not at hand build from a small one of its shape."""

import json

import pyarrow.parquet as pq

from conftest import TINY, Workspace
from mooc_episodes.verify.checks import verify

# two courses more, so that the learner has the five pairs of an episode
FRENCH = f"""{TINY}7,50,100,1970-01-01 10:30:00,10
7,60,100,1970-01-01 10:40:00,10
"""


def test_mars_fr_builds_from_a_file_of_its_shape(workspace: Workspace) -> None:
    events = workspace.root / "explicit_ratings_fr.csv"
    events.write_text(FRENCH)
    workspace.build(
        "build",
        dataset="mars_fr",
        raw_events=str(events),
        implausible_times="allow",
    )
    report = workspace.publish()
    folder = workspace.processed / "mars_fr"
    assert verify(folder / "manifest.json")[1] == []
    assert json.loads((report / "manifest.json").read_text())["tests"] == "passed"
    vocab = json.loads((folder / "vocab" / "course2id.json").read_text())
    assert vocab == {"20": 0, "30": 1, "40": 2, "50": 3, "60": 4, "510": 5}
    [episode] = [
        episode
        for path in folder.glob("episodes/episodes_*_K2_Q3.parquet")
        for episode in pq.read_table(path).to_pylist()
    ]
    assert episode["support_labels"] == [0, 1]
    assert episode["query_labels"] == [0, 3, 4]
    assert episode["query_prefixes"][-1] == [5, 0, 1, 2, 0, 3]
