"""The report's evaluation: alarms, verdict, tables to paste, and builds without it."""

import csv
import html
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conftest import PROJECT, TINY, TINY_SETTINGS, Workspace
from mooc_episodes.base.errors import UserError
from mooc_episodes.contract import BASELINES, FORMS
from mooc_episodes.report.alarms import RULES, alarms
from mooc_episodes.report.baselines import comma_separated, latex, markdown
from mooc_episodes.report.evaluation import NOT_BUILT, ORDERS, Figures, coverage
from mooc_episodes.report.verdict import headline, verdict
from mooc_episodes.warehouse import build_record

SETTINGS = {"split_method": "exact", "episode_k": 2, "episode_q": 3}
AUDIT = {
    "later_train_events_median": 0.25,
    "later_train_events_max": 0.5,
    "unknown_labels_before": 0.01,
    "unseen_items": 0.02,
    "n_known_median": 1,
    "largest_user": 0.02,
    "twin_users": 0,
    "half_width": 0.04,
    "detectable_difference": 0.0213,
}


def score(baseline: str, form: str | None, hr: float, **other: Any) -> dict[str, Any]:
    """A row of the evaluation, of test and all windows unless said otherwise."""
    values = {
        f"{metric}{end}": hr + step
        for metric in ("hr", "ndcg", "mrr")
        for end, step in (("", 0), ("_low", -0.04), ("_high", 0.04))
    }
    row = {"split": "test", "view": "all", "baseline": baseline, "form": form}
    return row | {"n_users": 100, "n_queries": 1200} | values | other


def scores(
    *, chance: float = 0.01, next_item: float = 0.02, markov: float = 0.2
) -> list[dict[str, Any]]:
    """What a few baselines reach."""
    level = {"hr_low": chance, "hr_high": chance}
    return [
        score("random", None, chance, **level),
        score("markov", "all", 0.999),
        score("markov", "past", markov),
        score("next_item", None, next_item),
    ]


def made(
    *,
    evaluation: list[dict[str, Any]] | None = None,
    settings: dict[str, Any] | None = None,
    **changed: Any,
) -> Figures:
    """A report by hand in which every alarm is green but that of later train events."""
    metrics = {"labels_tied_share": changed.pop("labels_tied_share", 0)}
    audit = [
        {"split": split, "view": "all", "name": name, "value": value}
        for split, values in (("test", AUDIT | changed), ("val", AUDIT))
        for name, value in values.items()
    ]
    report = {
        "dataset": "made",
        "evaluation": scores() if evaluation is None else evaluation,
        "audit": audit,
        "metrics": metrics,
        "evaluation_coverage": [],
        "settings": SETTINGS | (settings or {}),
    }
    return Figures(report, SETTINGS | (settings or {}))


def found(figures: Figures) -> dict[str, dict[str, Any]]:
    """The alarms by their names."""
    return {alarm["name"]: alarm for alarm in alarms(figures)}


NEW_USERS = {"split_method": "new_users"}


def without_later(split: str, value: float) -> Figures:
    """Figures under new_users, with a share of later train events in one split."""
    figures = made(settings=NEW_USERS, later_train_events_max=0)
    for row in figures.report["audit"]:
        if row["name"] == "later_train_events_max":
            row["value"] = value if row["split"] == split else 0
    return figures


def with_users(n_users: int) -> Figures:
    """Figures of so many users of test."""
    return made(evaluation=[row | {"n_users": n_users} for row in scores()])


def odd_dates(*names: str) -> Figures:
    """Figures with warnings of report_plausibility."""
    figures = made()
    values = [{"name": name, "value": 1, "is_warning": True} for name in names]
    fine = {"name": "events_before_1990", "value": 0, "is_warning": False}
    return replace(
        figures, report=figures.report | {"plausibility": {"values": [*values, fine]}}
    )


# Below, at and above each threshold. By hand: next_item at 5 times chance of 0.01 is
# 0.05; markov (past) less 0.04, the lower end of its interval, is chance at 0.05.
@pytest.mark.parametrize(
    ("name", "figures", "level"),
    [
        ("forbidden_train_events", without_later("test", 0), "green"),
        ("forbidden_train_events", without_later("test", 0.000001), "red"),
        ("forbidden_train_events", without_later("val", 0.000001), "red"),
        ("later_train_events", made(later_train_events_max=0), "green"),
        ("later_train_events", made(later_train_events_max=0.000001), "amber"),
        ("later_train_events", made(later_train_events_max=1), "amber"),
        ("id_order", made(evaluation=scores(next_item=0.049)), "green"),
        ("id_order", made(evaluation=scores(next_item=0.05)), "green"),
        ("id_order", made(evaluation=scores(next_item=0.051)), "red"),
        ("unknown_labels_before", made(unknown_labels_before=0.029), "green"),
        ("unknown_labels_before", made(unknown_labels_before=0.03), "green"),
        ("unknown_labels_before", made(unknown_labels_before=0.031), "amber"),
        ("unknown_labels_before", made(unknown_labels_before=0.15), "amber"),
        ("unknown_labels_before", made(unknown_labels_before=0.151), "red"),
        ("unseen_items", made(unseen_items=0.03), "green"),
        ("unseen_items", made(unseen_items=0.031), "amber"),
        ("test_users", with_users(2), "green"),
        ("test_users", with_users(1), "red"),
        ("test_users", made(evaluation=[]), "red"),
        ("few_users", made(half_width=0.049), "green"),
        ("few_users", made(half_width=0.05), "green"),
        ("few_users", made(half_width=0.051), "red"),
        ("largest_user", made(largest_user=0.1), "green"),
        ("largest_user", made(largest_user=0.101), "amber"),
        ("not_cold", made(n_known_median=1), "green"),
        ("not_cold", made(n_known_median=2), "green"),
        ("not_cold", made(n_known_median=2.5), "amber"),
        ("at_chance", made(evaluation=scores(markov=0.051)), "green"),
        ("at_chance", made(evaluation=scores(markov=0.05)), "red"),
        ("at_chance", made(evaluation=scores(markov=0.049)), "red"),
        ("near_one", made(evaluation=scores(markov=0.9)), "green"),
        ("near_one", made(evaluation=scores(markov=0.901)), "amber"),
        ("twin_users", made(twin_users=0.001), "green"),
        ("twin_users", made(twin_users=0.002), "amber"),
        ("tied_labels", made(labels_tied_share=0.01), "green"),
        ("tied_labels", made(labels_tied_share=0.011), "amber"),
        ("tied_labels", made(labels_tied_share=0.5), "amber"),
        ("tied_labels", made(labels_tied_share=0.501), "red"),
        ("implausible_dates", odd_dates(), "green"),
        ("implausible_dates", odd_dates("events_before_1990"), "amber"),
        ("implausible_dates", odd_dates("user_ids_with_quotes"), "green"),
    ],
)
def test_an_alarm_below_at_and_above_its_threshold(
    name: str, figures: Figures, level: str
) -> None:
    row = found(figures)[name]
    assert row["level"] == level
    assert [*row] == ["name", "level", "value", "threshold", "sentence", "source"]
    [rule] = [rule for rule in RULES if rule.name == name]
    assert (
        row["threshold"]
        == {
            "red": rule.red,
            "amber": rule.amber,
            "green": rule.red if rule.amber is None else rule.amber,
        }[level]
    )
    said, meaning = rule.green, rule.alarm
    assert row["sentence"].endswith(said if level == "green" else meaning)
    assert "{" not in row["sentence"]


def test_each_alarm_is_tested_at_each_of_its_levels() -> None:
    [mark] = [
        mark
        for mark in test_an_alarm_below_at_and_above_its_threshold.pytestmark
        if mark.name == "parametrize"
    ]
    tested = {(name, level) for name, _, level in mark.args[1]}
    assert tested == {
        (rule.name, level)
        for rule in RULES
        for level, threshold in (
            ("green", 0),
            ("amber", rule.amber),
            ("red", rule.red),
        )
        if threshold is not None
    }


def test_an_alarm_without_its_figure_is_not_given() -> None:
    assert set(found(made())) == {rule.name for rule in RULES} - {
        "forbidden_train_events",
        "implausible_dates",
    }
    nothing = found(made(evaluation=[], **dict.fromkeys(AUDIT)))
    assert set(nothing) == {"test_users", "tied_labels"}


def test_an_alarm_s_sentence_says_its_figures_and_of_what_they_are() -> None:
    rows = found(made(evaluation=scores(next_item=0.41)))
    assert rows["id_order"]["value"] == 41
    assert rows["id_order"]["sentence"] == (
        'Test, all windows: the rule "next id" has HR@10 0.410, 41.0 times that of '
        "random, 0.010. Ids carry an order that a model can use; vocab_order: shuffled "
        "takes it away."
    )
    assert rows["later_train_events"]["sentence"].startswith(
        "Test, all windows: 25.0% of train's events are at or after the query label "
        "(median), at most 50.0%. "
    )
    # markov (past) has 0.2 - 0.04; markov (all), which is better, knows the future
    assert rows["near_one"]["sentence"].startswith(
        "Test, all windows: the best baseline, next_item, has HR@10 0.410."
    )


OTHERS = (
    "This split (exact) can be used to ask how a model carries over to other users, "
    "not how it would have done when they came: of train's events, 25.0% are at or "
    "after the query label of test (median, all windows)."
)
COMPARED = (
    "A score must be compared with rules without training: on test (all windows) "
    "markov (past) has HR@10 0.200 [0.160, 0.240] and random 0.010."
)
COLD = (
    "With 100 users, test can be used to distinguish two models whose HR@10 differs by "
    "more than about 0.021, user by user; it is about cold start, as the median window "
    "begins after 1 item of its user (K = 2)."
)


@pytest.mark.parametrize(
    ("figures", "sentences"),
    [
        (made(), [OTHERS, COMPARED, COLD]),
        (
            without_later("test", 0),
            [
                "This split (new_users) can be used to ask how a model does for users "
                "who come after all that it was trained on: no train event is at or "
                "after a query label of val or test.",
                COMPARED,
                COLD,
            ],
        ),
        (
            without_later("val", 0.125),
            [
                "This split must not be used: under new_users no train event may be at "
                "or after a query label of val or test, but for one query 12.5% of "
                "them are.",
                COMPARED,
                COLD,
            ],
        ),
        (
            made(later_train_events_max=0, later_train_events_median=0),
            [
                "This split (exact) can be used to ask how a model does for other "
                "users, also later ones: no train event is at or after a query "
                "label of test.",
                COMPARED,
                COLD,
            ],
        ),
        (
            made(evaluation=scores(next_item=0.3), n_known_median=19.5),
            [
                OTHERS,
                "A score above chance shows nothing yet: on test (all windows) "
                "next_item has HR@10 0.300 [0.260, 0.340] and random 0.010, and “next "
                "id” alone has 0.300, as ids carry an order.",
                "With 100 users, test can be used to distinguish two models whose "
                "HR@10 differs by more than about 0.021, user by user; for cold start "
                "use the view first, as the median window begins after 19.5 items of "
                "its user (K = 2).",
            ],
        ),
        (
            made(evaluation=scores(markov=0.05)),
            [
                OTHERS,
                "It cannot show what there is to learn: on test (all windows) the best "
                "rule without training is not above chance for certain, markov (past) "
                "has HR@10 0.050 [0.010, 0.090] and random 0.010.",
                COLD,
            ],
        ),
        (
            with_users(1),
            [
                OTHERS,
                COMPARED,
                "With one user, test cannot be used to compare models; it is about "
                "cold start, as the median window begins after 1 item of its "
                "user (K = 2).",
            ],
        ),
        (
            made(later_train_events_max=None),
            [
                "No model can be trained on this split: train has no event.",
                COMPARED,
                COLD,
            ],
        ),
        (
            made(evaluation=[]),
            [
                "No model can be evaluated on test: the evaluation has no query of it, "
                "as it has no episode."
            ],
        ),
    ],
)
def test_the_verdict(figures: Figures, sentences: list[str]) -> None:
    assert verdict(figures, alarms(figures)) == sentences


def test_a_budget_too_small_for_a_window_is_named() -> None:
    splits = [
        {"split": "train", "n_episodes": 9, "n_users_with_episode": 9},
        {"split": "test", "n_episodes": 5, "n_users_with_episode": 2},
    ]
    taken = coverage(splits, [score("random", None, 0.1, n_queries=6)], 3)
    assert taken == [
        {"split": "test", "view": "all", "n_queries": 6, "of": 15},
        {"split": "test", "view": "first", "n_queries": 0, "of": 6},
    ]
    figures = made(evaluation=[])
    figures.report["evaluation_coverage"] = coverage(splits, [], 3)
    assert verdict(figures, [])[0].endswith(
        "as not one window fits into evaluation_budget."
    )


def test_the_verdict_in_one_line() -> None:
    figures = made()
    assert headline(figures.report, alarms(figures)) == (
        "0 red, 1 amber, 11 green; on test (all windows) markov (past) has HR@10 0.200 "
        "without training, random 0.010"
    )
    at_chance = made(evaluation=scores(chance=0.25, next_item=0.2))
    assert headline(at_chance.report, []) == (
        "0 red, 0 amber, 0 green; on test (all windows) no rule without training is "
        "better than random, HR@10 0.250"
    )
    nothing = made(evaluation=[])
    assert headline(nothing.report, []) == (
        "0 red, 0 amber, 0 green; test has no query to evaluate"
    )


CAPTION = (
    "made, split method exact, K = 2, Q = 3, test: 100 users and 1,200 queries in the "
    "view all. Rules without training, all items ranked; 95 % intervals over users."
)


def test_the_table_as_markdown() -> None:
    of_val = score("markov", "past", 0.7, split="val")
    rows = [*scores()[:1], *scores()[2:], of_val]
    rows += [score("recency", "past", 0.1, hr_low=None, hr_high=None)]
    assert markdown(made(evaluation=rows).report).splitlines() == [
        CAPTION,
        "",
        "| View | Baseline | Form | HR@10 | NDCG@10 | MRR@10 |",
        "| --- | --- | --- | --- | --- | --- |",
        "| all | random |  | 0.010 [0.010, 0.010] | 0.010 [-0.030, 0.050] "
        "| 0.010 [-0.030, 0.050] |",
        "| all | markov | past | 0.200 [0.160, 0.240] | 0.200 [0.160, 0.240] "
        "| 0.200 [0.160, 0.240] |",
        "| all | next_item |  | 0.020 [-0.020, 0.060] | 0.020 [-0.020, 0.060] "
        "| 0.020 [-0.020, 0.060] |",
        "| all | recency | past | 0.100 | 0.100 [0.060, 0.140] "
        "| 0.100 [0.060, 0.140] |",
    ]


def test_the_table_as_latex() -> None:
    rows = [score("random", None, 0.5), score("next_item", None, 0.25)]
    assert latex(made(evaluation=rows).report).splitlines() == [
        f"% {CAPTION}",
        r"\begin{tabular}{llllll}",
        r"\hline",
        r"View & Baseline & Form & HR@10 & NDCG@10 & MRR@10 \\",
        r"\hline",
        r"all & random &  & 0.500 [0.460, 0.540] & 0.500 [0.460, 0.540] "
        r"& 0.500 [0.460, 0.540] \\",
        r"all & next\_item &  & 0.250 [0.210, 0.290] & 0.250 [0.210, 0.290] "
        r"& 0.250 [0.210, 0.290] \\",
        r"\hline",
        r"\end{tabular}",
    ]


def test_the_table_as_csv_has_all_digits() -> None:
    rows = [
        score("markov", "past", 0.123456, hr_low=0.1, hr_high=None),
        score("markov", "past", 0.7, split="val"),
    ]
    [line] = csv.DictReader(comma_separated(made(evaluation=rows).report).splitlines())
    assert line["hr"] == "0.123456"
    assert (line["hr_low"], line["hr_high"]) == ("0.1", "")
    assert (line["split"], line["form"], line["n_queries"]) == ("test", "past", "1200")


# What a build says


def report_of(folder: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return report


def test_the_rows_are_in_a_fixed_order(sample: Workspace) -> None:
    report = report_of(sample.newest_report())
    series = [
        (baseline, form)
        for baseline in BASELINES
        for form in ((None,) if baseline in {"random", "next_item"} else FORMS)
    ]
    views = [(split, view) for split in ("val", "test") for view in ("all", "first")]
    assert [
        (row["split"], row["view"], row["baseline"], row["form"])
        for row in report["evaluation"]
    ] == [view + own for view in views for own in series]
    assert [
        (row["split"], row["view"], row["part"]) for row in report["split_adds"]
    ] == [(*view, part) for view in views for part in ("split", "data", "time")]
    assert [(row["split"], row["view"], row["name"]) for row in report["audit"]] == [
        (*view, name) for view in views for name in ORDERS["name"]
    ]
    bins = [
        (row["split"], row["baseline"], row["form"], row["n_known_from"])
        for row in report["known_items"]
    ]
    assert bins == [
        (split, *own, start)
        for split in ("val", "test")
        for own in series
        for start in (1, 3, 6, 11)
    ]


def test_the_page_begins_with_the_verdict_and_the_alarms(
    sample: Workspace,
) -> None:
    folder = sample.newest_report()
    report, page = report_of(folder), (folder / "report.html").read_text()
    text = html.unescape(re.sub("(?s)<script.*?</script>", "", page))
    places = [
        text.index(part)
        for part in (
            report["verdict"][0],
            report["verdict"][2],
            'aria-label="Alarms"',
            'id="baselines_all"',
            'id="split_adds"',
            'id="known_items"',
            'aria-label="Audit"',
            'aria-label="Promises"',
        )
    ]
    assert places == sorted(places)
    levels = re.findall('<td class="status (warn|fail|pass)" data-label="Level">', text)
    counts = [alarm["level"] for alarm in report["alarms"]]
    assert levels == sorted(levels, key=["fail", "warn", "pass"].index)
    assert [levels.count(level) for level in ("fail", "warn", "pass")] == [
        counts.count(level) for level in ("red", "amber", "green")
    ]


def test_the_page_of_the_sample_is_under_a_megabyte(
    sample: Workspace,
) -> None:
    page = sample.newest_report() / "report.html"
    assert page.stat().st_size < 1_000_000


def test_two_exports_write_the_same_tables(sample: Workspace, tmp_path: Path) -> None:
    first, second = sample.newest_report(), Workspace(tmp_path)
    done = second.export(f"--database={sample.database}")
    assert done.returncode == 0, done.stderr
    for name in ("baselines.md", "baselines.tex", "baselines.csv"):
        written = (second.newest_report() / name).read_bytes()
        assert written == (first / name).read_bytes()
        assert written


def test_the_readme_says_what_the_evaluation_found_on_the_sample(
    sample: Workspace,
) -> None:
    report = report_of(sample.newest_report())
    first_screen = (PROJECT / "README.md").read_text().split("## What comes out")[0]
    assert headline(report, report["alarms"]) in " ".join(first_screen.split())


# Without the evaluation

EXCLUDED = ("--exclude", "models/evaluation")


def test_an_export_without_the_evaluation_shows_no_older_figures(
    workspace: Workspace,
) -> None:
    events = workspace.root / "tiny.csv"
    events.write_text(TINY)
    given = {"raw_events": str(events), **TINY_SETTINGS}
    workspace.build("run", **given)
    assert report_of(workspace.publish())["evaluation"]
    workspace.build("build", *EXCLUDED, **given)
    done = workspace.export()
    assert done.returncode == 0, done.stderr
    assert "  verdict    the evaluation was not built" in done.stdout
    assert re.search("  tests      passed", done.stdout)
    assert "dbt build --exclude models/evaluation --vars" in done.stdout
    folder = workspace.newest_report()
    report = report_of(folder)
    assert report["verdict"] == [NOT_BUILT]
    for name in ("evaluation", "split_adds", "audit", "known_items"):
        assert report[name] is None
    page = (folder / "report.html").read_text()
    text = re.sub("(?s)<script.*?</script>", "", page)
    assert text.count(NOT_BUILT) == 1
    assert 'id="baselines_all"' not in text
    assert (folder / "baselines.md").read_text().startswith(NOT_BUILT)
    assert len((folder / "baselines.csv").read_text().splitlines()) == 1

    workspace.build("run", "--select", "path:models/evaluation", **given)
    assert report_of(workspace.publish())["evaluation"]


def recorded(number: int, results: dict[str, str]) -> dict[str, Any]:
    """An invocation: users → scores → a test; users → pairs."""
    prefix = "mooc_episodes"
    users, scored = f"model.{prefix}.user_splits", f"model.{prefix}.evaluation_scores"
    nodes = {
        users: [],
        f"model.{prefix}.pairs": [users],
        scored: [users],
        f"test.{prefix}.of_scores.1": [scored],
    }
    return {
        "number": number,
        "nodes": json.dumps(nodes),
        "selected": json.dumps([f"model.{prefix}.{name}" for name in results]),
        "results": json.dumps(
            {
                name if "." in name else f"model.{prefix}.{name}": status
                for name, status in results.items()
            }
        ),
        "settings": "{}",
        "versions": "{}",
        "vars": "{}",
        "started_at": None,
    }


CORE = {"user_splits": "success", "pairs": "success"}
ALL = CORE | {
    "evaluation_scores": "success",
    "test.mooc_episodes.of_scores.1": "pass",
    "unit_test.mooc_episodes.evaluation_scores.rounds": "pass",
}
FAILED = CORE | {"evaluation_scores": "error"}


@pytest.mark.parametrize(
    ("history", "evaluated", "n_tests"),
    [
        ([ALL], True, 2),
        ([CORE], False, 0),
        ([ALL, CORE], False, 0),
        ([FAILED, CORE], False, 0),
        ([CORE, {"evaluation_scores": "success"}], True, 1),
        ([FAILED], None, None),
        ([ALL, FAILED], None, None),
        ([CORE, {"evaluation_scores": "error"}], None, None),
    ],
)
def test_the_record_says_whether_this_build_has_the_evaluation(
    history: list[dict[str, str]], evaluated: bool | None, n_tests: int | None
) -> None:
    invocations = [recorded(number + 1, ran) for number, ran in enumerate(history)]
    build = build_record.without_stale_evaluation(build_record.replay(invocations))
    if evaluated is None:
        with pytest.raises(UserError, match="evaluation_scores"):
            build_record.refuse_unfit(build, "sample")
        return
    build_record.refuse_unfit(build, "sample")
    assert build.evaluated is evaluated
    assert len(build.tests) == n_tests
    left_out = "" if evaluated else " --exclude models/evaluation"
    assert build.command("test") == f"dbt test{left_out}"


def test_the_docs_list_every_alarm_with_its_thresholds() -> None:
    page = (PROJECT / "docs/evaluation.md").read_text()
    alarms = page[page.index("**Alarms**") : page.index("**Coverage**")]
    rows = re.findall(
        r"^\| `(\w+)` \| .*? \| (.*?) \| (.*?) \| (.*?) \|$", alarms, re.M
    )
    listed = {row[0]: row[1:] for row in rows}
    for rule in RULES:
        amber, red = (
            ""
            if threshold is None
            else f"{'≤' if rule.from_below else '>'} {threshold:g}"
            for threshold in (rule.amber, rule.red)
        )
        assert listed[rule.name] == (amber, red, rule.source), rule.name
