"""`scripts/convert.py`: published folders as files of RecBole and RePlay.

What is expected comes from the full layout's files, where every prefix is written out,
and from rows of events. tests/peers reads the same files with the libraries themselves.
"""

import csv
import doctest
import importlib
import json
import subprocess
import sys
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import PROJECT, Workspace, hashes
from mooc_episodes.base.errors import UserError
from mooc_episodes.convert.recbole import separator_of

SPLITS = {"train": "train", "val": "valid", "test": "test"}
STAGES = {"val": "validate", "test": "test"}
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def written_out(sample: Workspace) -> Path:
    """The folder in which every prefix is written out."""
    return sample.processed / "sample"


@pytest.fixture(scope="module", params=["sample", "sample.compact"])
def folder(request: pytest.FixtureRequest, sample: Workspace) -> Path:
    """A published folder, of each layout."""
    return sample.processed / request.param


def convert(
    library: str, folder: Path, destination: Path, *options: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            *(sys.executable, str(PROJECT / "scripts" / "convert.py"), *options),
            *(library, str(folder), str(destination)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )


def converted(library: str, folder: Path, destination: Path, *options: str) -> Path:
    """Convert, which must succeed."""
    done = convert(library, folder, destination, *options)
    assert (done.returncode, done.stderr) == (0, "")
    return destination


def refusal(
    library: str, folder: Path, destination: Path, *options: str, code: int = 1
) -> str:
    """Convert, which must fail with one line; the line, without the command's name."""
    done = convert(library, folder, destination, *options)
    assert (done.returncode, done.stdout) == (code, "")
    [line] = done.stderr.splitlines()
    assert line.startswith("convert: ")
    return line.removeprefix("convert: ")


def rows_of(path: Path) -> Rows:
    rows: Rows = pq.read_table(path).to_pylist()
    return rows


def table_of(path: Path) -> Rows:
    """The rows of a text table, read as CSV is, by column with its type."""
    with path.open(encoding="utf-8", newline="") as file:
        return [*csv.DictReader(file, delimiter="\t")]


def courses_of(folder: Path) -> dict[int, str]:
    document = json.loads((folder / "vocab/id2course.json").read_text())
    return {int(item): course for item, course in document.items()}


def sequences_of(folder: Path) -> dict[Any, Rows]:
    """Each user's events without consecutive repeats."""
    events = rows_of(folder / "sessions/events_sessionized.parquet")
    return {
        user: [
            event
            for i, event in enumerate(own)
            if i == 0 or event["item_id"] != own[i - 1]["item_id"]
        ]
        for user, own in (
            (user, [*rows])
            for user, rows in groupby(events, lambda event: event["user_id"])
        )
    }


@pytest.mark.parametrize("max_len", [50, 3])
def test_recbole_benchmark_files_hold_the_published_pairs(
    folder: Path, written_out: Path, tmp_path: Path, max_len: int
) -> None:
    made = converted("recbole", folder, tmp_path / "made", f"--max-len={max_len}")
    courses = courses_of(folder)
    for split, benchmark in SPLITS.items():
        found = table_of(made / "sample" / f"sample.{benchmark}.inter")
        published = rows_of(written_out / f"pairs/pairs_{split}.parquet")
        assert max(row["prefix_len"] for row in published) > max_len
        assert found == [
            {
                "user_id:token": str(row["user_id"]),
                "item_id_list:token_seq": " ".join(
                    courses[item] for item in row["prefix"][-max_len:]
                ),
                "item_id:token": courses[row["label"]],
                "timestamp:float": f"{row['label_ts_epoch']}.000000",
            }
            for row in published
        ]
    for name in "benchmark.yaml", "atomic.yaml":
        assert f"\nMAX_ITEM_LIST_LENGTH: {max_len}\n" in (made / name).read_text()


def test_the_recbole_inter_file_holds_every_sequence(
    folder: Path, tmp_path: Path
) -> None:
    made = converted("recbole", folder, tmp_path / "made")
    expected = [
        {
            "user_id:token": str(user),
            "item_id:token": str(event["course_id"]),
            "timestamp:float": f"{event['ts'].timestamp():.6f}",
        }
        for user, own in sequences_of(folder).items()
        for event in own
    ]
    assert table_of(made / "sample/sample.inter") == expected


def test_the_recbole_item_file_has_every_item(folder: Path, tmp_path: Path) -> None:
    made = converted("recbole", folder, tmp_path / "made")
    assert table_of(made / "sample/sample.item") == [
        {
            "item_id:token": str(row["course_id"]),
            "first_ts_epoch:float": str(row["first_ts_epoch"]),
            "n_train_users:float": str(row["n_train_users"]),
            "n_train_events:float": str(row["n_train_events"]),
        }
        for row in rows_of(folder / "vocab/items.parquet")
    ]


def test_replay_trains_on_whole_sequences(folder: Path, tmp_path: Path) -> None:
    made = converted("replay", folder, tmp_path / "made")
    sequences = sequences_of(folder)
    numbers = {user: number for number, user in enumerate(sequences)}
    users = json.loads((folder / "user_splits/users_train.json").read_text())["users"]
    assert len(users) == 114
    assert rows_of(made / "train.parquet") == [
        {
            "user_id": numbers[user],
            "item_id": [event["item_id"] for event in sequences[user]],
            "timestamp": [
                round(event["ts"].timestamp() * 1e6) for event in sequences[user]
            ],
        }
        for user in users
    ]
    assert rows_of(made / "users.parquet") == [
        {"user_id": number, "published_id": user} for user, number in numbers.items()
    ]
    assert rows_of(made / "items.parquet") == rows_of(folder / "vocab/items.parquet")


@pytest.mark.parametrize("max_len", [50, 3])
def test_replay_is_scored_on_the_published_pairs(
    folder: Path, written_out: Path, tmp_path: Path, max_len: int
) -> None:
    made = converted("replay", folder, tmp_path / "made", f"--max-len={max_len}")
    users = {
        row["published_id"]: row["user_id"] for row in rows_of(made / "users.parquet")
    }
    for split, stage in STAGES.items():
        published = rows_of(written_out / f"pairs/pairs_{split}.parquet")
        assert rows_of(made / f"{stage}.parquet") == [
            {
                "user_id": users[row["user_id"]],
                "item_id": row["prefix"][-max_len:],
                "ground_truth": [row["label"]],
                "timestamp": row["label_ts_epoch"] * 1_000_000,
            }
            for row in published
        ]
    n_items = len(courses_of(folder))
    scored = {
        "user_id": {},
        "item_id": {"shape": max_len, "padding": n_items},
        "ground_truth": {"shape": 1, "padding": n_items},
    }
    assert json.loads((made / "metadata.json").read_text()) == {
        # the last item is the last label
        "train": {
            "user_id": {},
            "item_id": {"shape": max_len + 1, "padding": n_items},
        },
        "validate": scored,
        "test": scored,
    }


@pytest.mark.parametrize("library", ["recbole", "replay"])
def test_the_same_folder_gives_the_same_bytes_again_and_from_either_layout(
    library: str, sample: Workspace, tmp_path: Path
) -> None:
    made = converted(library, sample.processed / "sample", tmp_path / "made")
    first = hashes(made)
    assert len(first) == {"recbole": 8, "replay": 7}[library]
    # an older conversion is replaced, whatever it was of
    other = "replay" if library == "recbole" else "recbole"
    converted(other, sample.processed / "sample", made)
    assert hashes(made).keys() != first.keys()
    converted(library, sample.processed / "sample", made)
    assert hashes(made) == first
    converted(library, sample.processed / "sample.compact", made)
    again = hashes(made)
    # which names the folder it was made from
    assert {name for name in first if first[name] != again[name]} == {"conversion.json"}
    assert [path.name for path in tmp_path.iterdir()] == ["made"]


def test_the_record_and_the_output_say_what_was_converted(
    written_out: Path, tmp_path: Path
) -> None:
    made = tmp_path / "below" / "made"
    done = convert("recbole", written_out, made, "--json", "--max-len=7")
    printed = json.loads(done.stdout)
    assert printed.pop("destination") == str(made)
    files = {path.relative_to(made).as_posix() for path in made.rglob("*.*")}
    assert {*printed.pop("files"), "conversion.json"} == files
    record = json.loads((made / "conversion.json").read_text())
    assert record == {"made_by": "mooc-episodes", **printed}
    assert printed == {
        "library": "recbole",
        "dataset": "sample",
        "fingerprint": hashes(written_out)["manifest.json"],
        "max_len": 7,
    }


# Ids that a table of text cannot hold as they are

STRANGE = ["plain", "with blank", "semi;colon", 'a "quote"', "tab\there", "ends\n", "é"]
STRANGE_USERS = [f"{kind} {n}" for kind in ("u", 'u"', "u\t") for n in range(3)]


def published_of(place: Workspace, courses: list[str]) -> Path:
    """A published folder of nine users, five events each, of these courses."""
    events = [
        {
            "user_id": user,
            "item_id": courses[(i + j) % len(courses)],
            "created_at": f"2020-01-0{j + 1} 10:00:00.{i:06}",
        }
        for i, user in enumerate(STRANGE_USERS)
        for j in range(5)
    ]
    pq.write_table(pa.Table.from_pylist(events), place.root / "events.parquet")
    titles = [
        {"item_id": course, "title": f'a "title"\tof {course}', "it's: odd": None}
        for course in courses[:3]
    ]
    pq.write_table(pa.Table.from_pylist(titles), place.root / "items.parquet")
    place.build(
        raw_events=str(place.root / "events.parquet"),
        columns={"watch_percentage": None, "rating": None},
        user_id_type="varchar",
        item_id_type="varchar",
        items=str(place.root / "items.parquet"),
        # of the nine: 3, 2 and 4
        split_ratios=[0.34, 0.33, 0.33],
        episode_k=1,
        episode_q=2,
    )
    place.publish()
    return place.processed / "sample"


def test_ids_with_blanks_quotes_and_tabs_are_read_back(
    workspace: Workspace, tmp_path: Path
) -> None:
    folder = published_of(workspace, STRANGE)
    made = converted("recbole", folder, tmp_path / "made") / "sample"
    sequences = sequences_of(folder)
    assert {*sequences} == {*STRANGE_USERS}
    found = [(*row.values(),) for row in table_of(made / "sample.inter")]
    assert found == [
        (user, event["course_id"], f"{event['ts'].timestamp():.6f}")
        for user, own in sequences.items()
        for event in own
    ]
    assert {course for _, course, _ in found} == {*STRANGE}
    assert any(not time.endswith("000000") for _, _, time in found)
    # neither a blank nor a semicolon can separate these courses
    courses = courses_of(folder)
    for split, benchmark in SPLITS.items():
        published = rows_of(folder / f"pairs/pairs_{split}.parquet")
        assert published
        assert [
            row["item_id_list:token_seq"].split("|")
            for row in table_of(made / f"sample.{benchmark}.inter")
        ] == [[courses[item] for item in row["prefix"]] for row in published]
    assert '\nseq_separator: "|"\n' in (made.parent / "benchmark.yaml").read_text()
    items = rows_of(folder / "vocab/items.parquet")
    assert table_of(made / "sample.item") == [
        {
            "item_id:token": row["course_id"],
            "first_ts_epoch:float": str(row["first_ts_epoch"]),
            "n_train_users:float": str(row["n_train_users"]),
            "n_train_events:float": str(row["n_train_events"]),
            "title:token": row["title"] or "",
            "it's__odd:token": "",
        }
        for row in items
    ]
    assert sum(row["title"] is not None for row in items) == 3
    replay = converted("replay", folder, tmp_path / "replay")
    assert rows_of(replay / "items.parquet") == items
    assert [row["published_id"] for row in rows_of(replay / "users.parquet")] == [
        *sequences
    ]


def test_ids_that_recbole_cannot_read_back_are_refused_and_the_advice_works(
    workspace: Workspace, tmp_path: Path
) -> None:
    folder = published_of(workspace, ["NA", "a b;c|d,e", "plain"])
    assert refusal("recbole", folder, tmp_path / "made") == (
        f"{folder.resolve()}: RecBole takes the course 'NA' for a missing value; "
        "add --as-numbers"
    )
    assert not (tmp_path / "made").exists()
    made = converted("recbole", folder, tmp_path / "made", "--as-numbers")
    assert [(*row.values(),) for row in table_of(made / "sample/sample.inter")] == [
        (str(number), str(event["item_id"]), f"{event['ts'].timestamp():.6f}")
        for number, own in enumerate(sequences_of(folder).values())
        for event in own
    ]
    assert [row["item_id:token"] for row in table_of(made / "sample/sample.item")] == [
        "0",
        "1",
        "2",
    ]


def test_courses_that_no_separator_can_separate_are_refused() -> None:
    with pytest.raises(UserError) as raised:
        separator_of(Path("here"), pa.array(["a b;c|d,e", "plain"]))
    assert str(raised.value) == (
        "here: courses have each of ; | , and blanks in their ids, so none can "
        "separate a list of them; add --as-numbers"
    )
    assert separator_of(Path("here"), pa.array(["a b;c|d", "plain"])) == ","


def test_recbole_is_not_given_an_empty_split(tiny: Workspace, tmp_path: Path) -> None:
    """The README's learner is alone: two of the splits have nobody."""
    folder = tiny.processed / "sample"
    converted("replay", folder, tmp_path / "made")
    before = hashes(tmp_path / "made")
    line = refusal("recbole", folder, tmp_path / "made")
    assert "has no pairs, and RecBole cannot read an empty file; " in line
    assert line.endswith("publish it again with other split_ratios")
    assert hashes(tmp_path / "made") == before
    assert [path.name for path in tmp_path.iterdir()] == ["made"]


# Where a conversion may go


def foreign_file(place: Path) -> None:
    place.write_text("mine")


def foreign_folder(place: Path) -> None:
    place.mkdir()
    (place / "mine.txt").write_text("mine")


def foreign_record(place: Path) -> None:
    place.mkdir()
    (place / "conversion.json").write_text('{"made_by": "me"}')


def foreign_link(place: Path) -> None:
    place.symlink_to(place.parent / "nowhere")


@pytest.mark.parametrize(
    "make", [foreign_file, foreign_folder, foreign_record, foreign_link]
)
def test_what_a_conversion_did_not_make_is_left_alone(
    make: Any, written_out: Path, tmp_path: Path
) -> None:
    place = tmp_path / "made"
    make(place)
    before = hashes(tmp_path), place.is_symlink()
    assert refusal("replay", written_out, place) == (
        f"{place}: exists, and scripts/convert.py did not make it; give a new folder, "
        "or move it away first"
    )
    assert (hashes(tmp_path), place.is_symlink()) == before


def test_wrong_use_ends_in_one_line(written_out: Path, tmp_path: Path) -> None:
    place = tmp_path / "made"
    line = refusal("replay", written_out, place, "--as-numbers", code=2)
    assert "--as-numbers is for recbole" in line
    line = refusal("replay", written_out, place, "--max-len=0", code=2)
    assert "--max-len" in line
    assert "'spotlight' is not" in refusal("spotlight", written_out, place, code=2)
    line = refusal("replay", tmp_path / "none", place)
    assert "no such folder; give the one that scripts/export.py published" in line
    assert not place.exists()


def test_the_examples_of_the_docstrings_hold() -> None:
    n_examples = 0
    for name in "recbole", "replay", "source", "destination":
        module = importlib.import_module(f"mooc_episodes.convert.{name}")
        done = doctest.testmod(module, extraglobs={"np": __import__("numpy")})
        assert done.failed == 0
        n_examples += done.attempted
    assert n_examples == 3
