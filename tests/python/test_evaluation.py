"""Every figure of the evaluation equals the reference written from DESIGN alone."""

import csv
import json
import random
from pathlib import Path
from typing import Any

import duckdb
import pytest

import reference
from conftest import REAL_MARS, SAMPLE, Workspace, needs_real_mars
from evaluation_reference import FORMS, Rows, evaluation_of

KEYS = {
    "evaluation": ("evaluation_scores", ("split", "view", "baseline", "form")),
    "split_adds": ("evaluation_split_adds", ("split", "view", "part")),
    "audit": ("evaluation_audit", ("split", "view", "name")),
    "known_items": (
        "evaluation_known_items",
        ("split", "baseline", "form", "n_known_from"),
    ),
}
HR = ("hr", "hr_low", "hr_high")
FRENCH_MARS = REAL_MARS.with_name("explicit_ratings_fr.csv")


# both round to six digits, which differ by one where a value lies between two
LAST_DIGIT = {"known_items": 1.1e-6}


def figures(
    rows: Rows, keys: tuple[str, ...], within: float
) -> dict[tuple[Any, ...], Any]:
    """The rows without their keys, by their keys."""
    found = {
        tuple(row[key] for key in keys): pytest.approx(
            {name: row[name] for name in row if name not in keys}, abs=within
        )
        for row in rows
    }
    assert len(found) == len(rows)
    return found


def assert_equal_to_reference(
    workspace: Workspace, path: Path, **settings: Any
) -> dict[str, Rows]:
    """Build a log, and hold every row of the evaluation against the reference's."""
    workspace.build("run", "--exclude", "report", raw_events=str(path), **settings)
    known = reference.Settings.__dataclass_fields__
    chosen = {key: settings[key] for key in settings if key in known}
    if "pinned_vocab" in chosen:
        published = json.loads(Path(chosen["pinned_vocab"]).read_text())
        chosen["pinned_vocab"] = {int(key): published[key] for key in published}
    expected = evaluation_of(reference.read_rows(path), reference.Settings(**chosen))
    with duckdb.connect(str(workspace.database), read_only=True) as database:
        for name, (table, keys) in KEYS.items():
            found = database.execute(f"select * from sample.{table}")
            columns = [column[0] for column in found.description or []]
            rows = [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
            built = {
                tuple(row[key] for key in keys): {
                    column: row[column] for column in row if column not in keys
                }
                for row in rows
            }
            assert len(built) == len(rows)
            assert built == figures(expected[name], keys, LAST_DIGIT.get(name, 1e-9))
    return expected


def write_log(path: Path, *, seed: int, n_users: int, n_courses: int) -> None:
    """A log with repeats, ties, bursts, twins, and courses that appear later."""
    draw = random.Random(seed)
    with path.open("w", encoding="utf-8", newline="") as file:
        log = csv.writer(file)
        log.writerow(["user_id", "item_id", "created_at"])
        for user in range(n_users):
            start = 1_600_000_000 + draw.randrange(10) * 100_000
            # every fifth user does what the one before did, item by item
            events = draw.randrange(3, 22) if user % 5 else 9
            taste = random.Random(seed * 100 + user // 5) if user % 5 < 2 else draw
            for number in range(events):
                known = 3 + (start // 100_000 + number) % n_courses
                item = taste.randrange(min(known, n_courses))
                start += draw.choice([0, 1, 40, 3600, 90_000])
                log.writerow([user, item, f"{start}.{draw.choice(['0', '25', '5'])}"])


@pytest.mark.parametrize(
    ("seed", "settings"),
    [
        (1, {}),
        (2, {"episode_k": 1, "episode_q": 1, "max_prefix_len": 2}),
        (3, {"deduplicate_consecutive": False, "evaluation_budget": 150}),
        (4, {"split_ratios": [0.4, 0.2, 0.4], "evaluation_budget": 100}),
        (5, {"split_method": "stable", "split_seed": 7, "episode_q": 2}),
        (6, {"split_ratios": [0, 0.5, 0.5], "vocab_order": "shuffled"}),
        (7, {"evaluation_budget": 1}),
        (8, {"split_method": "new_users", "split_ratios": [0.4, 0.3, 0.3]}),
        (
            9,
            {
                "min_item_users": 8,
                "time_from": "2020-09-14",
                "time_until": "2020-09-26",
            },
        ),
    ],
    ids=str,
)
def test_a_made_log(workspace: Workspace, seed: int, settings: dict[str, Any]) -> None:
    log = workspace.root / "log.csv"
    write_log(log, seed=seed, n_users=30, n_courses=9)
    expected = assert_equal_to_reference(
        workspace,
        log,
        columns={"watch_percentage": None, "rating": None},
        **settings,
    )
    assert bool(expected["evaluation"]) == (settings.get("evaluation_budget") != 1)
    if settings.get("split_method") == "new_users":
        assert_nothing_comes_from_the_future(expected)


def assert_nothing_comes_from_the_future(figures: dict[str, Rows]) -> None:
    """All that the split adds is 0, and no train event is as late as a query label."""
    assert figures["split_adds"]
    added = [row[name] for row in figures["split_adds"] for name in HR]
    assert added == [0] * len(added)
    later = [row["value"] for row in figures["audit"] if "later_train" in row["name"]]
    assert later
    assert later == [0] * len(later)


@pytest.mark.parametrize("order", ["course", "shuffled"])
def test_courses_gone_are_ranked_too(order: str, workspace: Workspace) -> None:
    log, published = workspace.root / "log.csv", workspace.root / "course2id.json"
    write_log(log, seed=9, n_users=30, n_courses=9)
    published.write_text(json.dumps({"100": 0, "3": 1, "101": 2, "0": 3}))
    expected = assert_equal_to_reference(
        workspace,
        log,
        columns={"watch_percentage": None, "rating": None},
        pinned_vocab=str(published),
        vocab_order=order,
    )
    assert expected["evaluation"]


def next_item_hr(expected: dict[str, Rows]) -> float:
    """HR@10 of the rule "the next id", over all windows of test."""
    [hr] = [
        row["hr"]
        for row in expected["evaluation"]
        if (row["split"], row["view"], row["baseline"]) == ("test", "all", "next_item")
    ]
    return hr


def test_shuffled_ids_say_nothing_of_the_next_course(workspace: Workspace) -> None:
    log = workspace.root / "log.csv"
    # each of 50 users takes 20 courses of 1,000 one after the other
    lines = [
        f"{user},{20 * user + step},{1_600_000_000 + 100 * step}"
        for user in range(50)
        for step in range(20)
    ]
    log.write_text("\n".join(["user_id,item_id,created_at", *lines]))
    settings = {"columns": {"watch_percentage": None, "rating": None}}
    assert next_item_hr(assert_equal_to_reference(workspace, log, **settings)) == 1.0
    shuffled = assert_equal_to_reference(
        workspace, log, **settings, vocab_order="shuffled"
    )
    # chance is 10 of 1,000 items; of 120 queries one or two may hit
    assert next_item_hr(shuffled) <= 0.03


def test_the_sample(workspace: Workspace) -> None:
    assert assert_equal_to_reference(workspace, SAMPLE)["audit"]


@needs_real_mars
def test_mars(workspace: Workspace) -> None:
    expected = assert_equal_to_reference(workspace, REAL_MARS)
    of_test = {
        (row["view"], row["baseline"], row["form"]): row
        for row in expected["evaluation"]
        if row["split"] == "test"
    }
    everything = of_test["all", "next_item", None]
    assert (everything["n_users"], everything["n_queries"]) == (21, 459)
    assert round(everything["hr"], 4) == 0.5446


@needs_real_mars
def test_mars_by_new_users(workspace: Workspace) -> None:
    expected = assert_equal_to_reference(
        workspace, REAL_MARS, split_method="new_users", min_item_users=2
    )
    assert_nothing_comes_from_the_future(expected)


@needs_real_mars
def test_mars_shuffled(workspace: Workspace) -> None:
    expected = assert_equal_to_reference(workspace, REAL_MARS, vocab_order="shuffled")
    # 0.54 in order of the course ids; chance is 10 of 746 items
    assert next_item_hr(expected) <= 10 / 746


@pytest.mark.skipif(not FRENCH_MARS.exists(), reason=f"no {FRENCH_MARS.name}")
def test_mars_in_french_has_the_figures_of_the_contract(workspace: Workspace) -> None:
    # enough for every query
    settings = {"evaluation_budget": 20_000_000}
    expected = assert_equal_to_reference(workspace, FRENCH_MARS, **settings)
    test = {
        (row["baseline"], row["form"]): row
        for row in expected["evaluation"]
        if (row["split"], row["view"]) == ("test", "all")
    }
    assert {(row["n_users"], row["n_queries"]) for row in test.values()} == {
        (385, 9270)
    }
    markov = {form: round(test["markov", form]["hr"], 3) for form in FORMS}
    assert markov == {"all": 0.563, "past": 0.522, "thinned": 0.511}
    assert round(test["next_item", None]["hr"], 2) == 0.42
    audit = {
        row["name"]: row["value"]
        for row in expected["audit"]
        if (row["split"], row["view"]) == ("test", "all")
    }
    assert round(audit["later_train_events_median"], 2) == 0.48
    assert round(audit["leaked_events"], 2) == 0.98
    assert round(audit["largest_user"], 3) == 0.056
