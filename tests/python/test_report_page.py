"""The report's page: true to the build, readable by everyone, without a network."""

import html
import json
import os
import re
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from conftest import PROJECT, TINY, Workspace
from mooc_episodes.promises import read_promises
from mooc_episodes.report.charts import CHARTS
from mooc_episodes.report.page import read_report, render
from mooc_episodes.report.tables import FILES_SHOWN, split_distances

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
LARGEST = 1_000_000
# what a reader would have to scroll to, or could not see in full
TOO_WIDE = """() => [...document.querySelectorAll(
  "html, body *:not(thead, thead *, details, details *)")]
  .filter(e => e.getBoundingClientRect().right > innerWidth + 0.5
    || (e.clientWidth > 0 && !e.closest("svg") && e.scrollWidth > e.clientWidth + 1))
  .map(e => e.outerHTML.slice(0, 100))"""
EVALUATION_CHARTS = {
    "baselines_all",
    "baselines_first",
    "split_adds",
    "known_items",
}
# what an id may hold and a page must not obey
WICKED = '</script><b onclick="x">&amp;'


@pytest.fixture(scope="module")
def wicked(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The tiny learner, a course id of markup, an unreadable row; no tests run.

    The user who is not kept has a course that nobody else has.
    """
    place = Workspace(tmp_path_factory.mktemp("wicked"))
    quoted = WICKED.replace('"', '""')
    events = TINY.replace(",510,", f',"{quoted}",').replace("8,20,", "8,50,")
    events += "9,20,1,never,1\n"
    (place.root / "events.csv").write_text(events)
    place.build(
        raw_events=str(place.root / "events.csv"),
        item_id_type="varchar",
        max_rejected_fraction=1,
        implausible_times="allow",
        min_interactions=5,
        episode_k=1,
        episode_q=2,
    )
    place.publish()
    return place


@pytest.fixture(scope="module")
def one_user(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A build that keeps one user, who has too few pairs for an episode."""
    place = Workspace(tmp_path_factory.mktemp("one_user"))
    (place.root / "events.csv").write_text(TINY)
    place.build(
        raw_events=str(place.root / "events.csv"),
        implausible_times="allow",
        min_interactions=5,
    )
    place.publish()
    return place


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM:
        pytest.skip("no chromium: install Debian's package of that name")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def singles(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Users of one event each: no gap, no pair, nothing to draw of either."""
    place = Workspace(tmp_path_factory.mktemp("singles"))
    (place.root / "events.csv").write_text(
        "user_id,item_id,watch_percentage,created_at,rating\n1,10,,0,\n2,20,,1,\n"
    )
    place.build(
        raw_events=str(place.root / "events.csv"),
        time_format="s",
        implausible_times="allow",
        min_interactions=1,
    )
    place.publish()
    return place


@pytest.fixture(scope="module")
def four_users(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Four users in given splits, one of whom no event of train follows."""
    place = Workspace(tmp_path_factory.mktemp("four_users"))
    events = [
        # user, course, seconds
        (1, 10, 0),
        (1, 20, 100),
        (1, 20, 86_400),
        (1, 30, 86_500),
        (2, 10, 86_300),
        (2, 40, 172_700),
        (3, 20, 200_000),
        (3, 50, 200_000),
        (4, 50, 300_000),
        (4, 10, 300_060),
    ]
    (place.root / "events.csv").write_text(
        "user_id,item_id,created_at\n"
        + "".join(f"{user},{course},{time}\n" for user, course, time in events)
    )
    (place.root / "splits.csv").write_text(
        "user_id,split\n1,train\n2,val\n3,test\n4,test\n"
    )
    place.build(
        "build",
        raw_events=str(place.root / "events.csv"),
        columns={"watch_percentage": None, "rating": None},
        time_format="s",
        implausible_times="allow",
        split_method="pinned",
        pinned_splits=str(place.root / "splits.csv"),
        min_interactions=2,
        episode_k=1,
        episode_q=1,
        tested_pairs=1,
    )
    place.publish()
    return place


def page_of(workspace: Workspace) -> Path:
    return workspace.newest_report() / "report.html"


def cells(page: str, heading: str) -> list[list[str]]:
    """The rows of a table of the page, as text."""
    table = re.search(f'<table aria-label="{heading}".*?</table>', page, re.S)
    assert table, heading
    return [
        [
            html.unescape(re.sub("<.*?>", "", cell)).strip()
            for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.S)
        ]
        for row in re.findall("<tr>.*?</tr>", table[0], re.S)
    ]


def results_by_test(page: Path) -> dict[str, tuple[str, str]]:
    """The result of each promise's test and what it checked."""
    rows = cells(page.read_text(), "Promises")[1:]
    return {test: (result, checked) for test, result, _, checked in rows}


# by hand, from the table of the README: 7 events, user 8 has one of them
def test_the_page_shows_what_went_in_and_what_came_out(tiny: Workspace) -> None:
    page = page_of(tiny).read_text()
    steps = [row[:5] for row in cells(page, "Steps")[1:]]
    assert steps == [
        ["rows read", "7", "", "2", "4"],
        ["events accepted", "7", "0", "2", "4"],
        ["events of eligible users", "6", "1", "1", "4"],
        ["items of user sequences", "5", "1", "1", "4"],
        ["items with an item before them", "4", "1", "1", "3"],
        ["prefix-label pairs", "3", "1", "1", "2"],
        ["pairs used in episodes", "3", "0", "1", "2"],
    ]
    assert "No row was rejected." in page


def test_the_page_shows_the_result_of_each_promise_s_test(tiny: Workspace) -> None:
    shown = results_by_test(page_of(tiny))
    assert {*shown} == {name.replace("_", " ") for name in read_promises()}
    assert shown["no row is lost"] == ("pass", "rows read: 7")
    assert shown["no user in two splits"] == ("pass", "users: 1")
    assert shown["every prefix is strictly before its label"] == ("pass", "pairs: 3")
    assert shown["support is before query"] == ("pass", "episodes: 1")


# the learner of the README and user 8, with one row more, which is rejected
def test_the_page_begins_with_its_numbers(wicked: Workspace) -> None:
    page = page_of(wicked).read_text()
    shown = re.findall("<li><b>(.*?)</b> (.*?)</li>", page)
    assert shown == [
        ("8", "rows read"),
        ("1", "rows rejected"),
        ("1", "users kept of 2"),
        ("4", "courses kept of 5"),
        ("2", "sessions"),
        ("3", "prefix\u2013label pairs"),
        ("1", "episodes, K\u00a0=\u00a01, Q\u00a0=\u00a02"),
        ("1", "users with an episode, which takes 3 pairs"),
    ]
    # 7 events in 5 of 2 · 5 cells
    assert "; 50.0% of the user\u2013course cells have none." in page
    assert "events / cells, is 30.0%: it counts repeats.)" in page


def test_tests_that_did_not_run_are_not_shown_as_passed(wicked: Workspace) -> None:
    assert set(results_by_test(page_of(wicked)).values()) == {("not run", "")}


def test_rejected_rows_are_shown_with_their_reason(wicked: Workspace) -> None:
    page = page_of(wicked).read_text()
    assert cells(page, "Rejected rows")[1:] == [["unreadable created_at", "1"]]


def test_the_episode_is_drawn_as_courses(tiny: Workspace) -> None:
    page = page_of(tiny).read_text()
    drawn = re.findall('<div class="pair (.*?)">(.*?)</div>', page, re.S)
    chips = [
        (part, re.findall(r'<span class="chip.*?>(.*?)</span>', pair))
        for part, pair in drawn
    ]
    assert chips == [
        ("support", ["510", "20"]),
        ("query", ["510", "20", "30"]),
        ("query", ["510", "20", "30", "40", "20"]),
    ]


def test_the_bundled_sample_is_called_synthetic(
    tiny: Workspace, sample: Workspace
) -> None:
    page = render(read_report(sample.newest_report()))
    assert "<title>sample (synthetic sample): data report</title>" in page
    assert "<b>3,659</b> synthetic rows read" in page
    assert "synthetic" not in re.sub(
        "(?s)<script.*?</script>", "", page_of(tiny).read_text()
    )


def test_ids_are_text_on_the_page(wicked: Workspace) -> None:
    page = page_of(wicked).read_text()
    assert html.escape(WICKED, quote=False).replace('"', "&#34;") in page
    assert "<b onclick" not in page


def test_a_build_without_episodes_has_a_page(one_user: Workspace) -> None:
    page = page_of(one_user).read_text()
    assert "There is no episode: it takes K + Q = 5 pairs from one user." in page
    counts = cells(page, "Splits")[1]
    assert sorted(counts) == ["0", "0", "1", "users"]


def test_a_page_without_gaps_and_pairs_says_so(singles: Workspace) -> None:
    page = page_of(singles).read_text()
    none = "Gaps since the user's previous event: there are none above 0 s."
    assert none in page
    assert "Prefix length: there are no pairs." in page


def test_a_page_stays_small_however_many_files_were_read(tiny: Workspace) -> None:
    report = read_report(tiny.newest_report())
    one = report["data_fingerprints"]["raw_events"]
    report["data_fingerprints"] = {f"raw_events_{n}": one for n in range(50_000)}
    page = render(report)
    assert len(page.encode()) < LARGEST
    assert f"And {50_000 - FILES_SHOWN} more files" in page


# Val's user begins at 86,300 s: train's events at 86,400 and 86,500 s are later.
# Test's users begin at 200,000 and 300,000 s, after the last of train.
def test_the_page_compares_the_splits_with_train(four_users: Workspace) -> None:
    page = re.sub(r"<.*?>", "", page_of(four_users).read_text())
    said = re.findall("(?:Cold items in|Overlap in time|Ties).*", html.unescape(page))
    assert said[0] == "Cold items in val: 50.0% of its courses, 50.0% of its events."
    assert "started by 1970-01-01; 50.0% of train's events are later, the" in said[1]
    assert "last one by 3.3 minutes. " in said[1]
    # courses 10 and 20 are train's, 50 is not: 1 of 3 courses, 2 of 4 events
    assert said[2] == "Cold items in test: 33.3% of its courses, 50.0% of its events."
    assert said[3].endswith("started by 1970-01-03; none of train's events is later.")
    # user 3's two events; the second has no item before it at an earlier time
    assert said[4].startswith("Ties: 2 of 10 events (20.0%) and 0 of 4 labels (0.0%)")
    assert "1 of the items left after consecutive repeats collapse is at the" in said[4]


# gaps of train: 100, 86,300 and 100 s; of val: 86,400 s; of test: 0 and 60 s
def test_the_page_shows_how_far_the_splits_are_from_train(
    four_users: Workspace,
) -> None:
    distances = {
        (row[0], row[1]): row[2:]
        for row in cells(page_of(four_users).read_text(), "KS statistics")[1:]
    }
    # 1.358 times the root of 4/3 and 5/6
    gap = "gap since the previous event, s"
    assert distances[gap, "val"] == ["3", "1", "1.000", "1.568", "no"]
    assert distances[gap, "test"] == ["3", "2", "1.000", "1.240", "no"]
    assert distances["events per user", "val"][2] == "1.000"
    assert distances["events per user", "test"][2] == "1.000"
    # sessions of train: 2 and 2 events; of val: 1 and 1; of test: 2 and 2
    assert distances["events per session", "val"][2] == "1.000"
    assert distances["events per session", "test"][2] == "0.000"


def test_a_ks_statistic_above_its_critical_value_is_marked() -> None:
    row = {"measure": "gap_sec", "n_train": 900, "n_split": 900}
    given = {"ks_statistic": 0.0641, "critical_value_5pct": 0.0640}
    table = split_distances(
        {
            "split_distances": [
                row | given | {"split": "test"},
                row | given | {"split": "val", "ks_statistic": 0.0639},
            ]
        }
    )
    assert [cells[-1] for cells in table.rows] == ["no", "yes"]


# tests of prefixes stop at the user in whom the first pair is: user 1, whose three
# different courses in a row make two pairs
def test_a_test_of_some_rows_is_shown_as_such(four_users: Workspace) -> None:
    shown = results_by_test(page_of(four_users))
    assert shown["every prefix is strictly before its label"][1] == "pairs: 2 of 4"
    assert shown["no user in two splits"][1] == "users: 4"


def test_the_page_shows_the_span_of_time_and_odd_values(wicked: Workspace) -> None:
    page = page_of(wicked).read_text()
    assert "Accepted events run from 1970-01-01 to 1970-01-01; " in page
    assert "No watch_percentage or rating is unreadable or out of range." in page


def open_page(browser: Browser, path: Path, troubles: list[str], **given: Any) -> Page:
    """Open a page; note its errors, and any request but the one for itself."""
    page = browser.new_page(**given)
    page.on("console", lambda message: troubles.append(message.text))
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on(
        "request",
        lambda request: request.url == path.as_uri() or troubles.append(request.url),
    )
    page.goto(path.as_uri())
    page.wait_for_function(
        "() => document.querySelectorAll('.chart svg.marks').length =="
        " document.querySelectorAll('.chart').length"
    )
    return page


# four_users: those of test have one pair each, so there is nothing to evaluate
@pytest.mark.parametrize("width", [320, 390, 768, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("which", "left_out"),
    [("sample", set()), ("four_users", EVALUATION_CHARTS)],
)
def test_a_browser_draws_every_chart_in_full_without_a_request(
    chromium: Browser,
    request: pytest.FixtureRequest,
    which: str,
    left_out: set[str],
    width: int,
    scheme: str,
) -> None:
    troubles: list[str] = []
    page = open_page(
        chromium,
        page_of(request.getfixturevalue(which)).resolve(),
        troubles,
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
    )
    for name in CHARTS.keys() - left_out:
        marks = page.locator(
            f"#{name} .role-mark path, #{name} .role-mark line"
        ).evaluate_all("marks => marks.filter(m => m.getBBox().width > 0).length")
        assert marks > 0, name
    assert page.evaluate(TOO_WIDE) == []
    violations = Axe().run(page).response["violations"]
    assert not [
        (violation["id"], node["html"][:200])
        for violation in violations
        for node in violation["nodes"]
    ]
    assert not troubles


@pytest.mark.parametrize("which", ["wicked", "one_user", "singles"])
def test_strange_data_cause_no_error_in_a_browser(
    chromium: Browser, request: pytest.FixtureRequest, which: str
) -> None:
    troubles: list[str] = []
    path = page_of(request.getfixturevalue(which)).resolve()
    open_page(chromium, path, troubles)
    assert not troubles


def test_a_chart_shows_its_numbers_on_hover(chromium: Browser, tiny: Workspace) -> None:
    page = open_page(chromium, page_of(tiny).resolve(), [])
    page.locator("#split_balance .mark-rect path[aria-label$=' number: 6']").hover()
    assert "events" in page.locator("#vg-tooltip-element").inner_text()


def test_the_page_is_printed_with_its_charts(
    chromium: Browser, tiny: Workspace, tmp_path: Path
) -> None:
    page = open_page(chromium, page_of(tiny).resolve(), [])
    page.emulate_media(media="print")
    assert page.locator("#gaps svg").first.is_visible()
    page.pdf(path=tmp_path / "report.pdf")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")


def report_command(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(PROJECT / "scripts" / "report.py"), *arguments],
        env=os.environ | env,
        capture_output=True,
        text=True,
        check=False,
    )


def test_figures_are_written_for_papers(tiny: Workspace, tmp_path: Path) -> None:
    folder = tmp_path / "report"
    shutil.copytree(tiny.newest_report(), folder)
    assert report_command("figures", str(folder)).returncode == 0
    figures = {path.name for path in (folder / "figures").iterdir()}
    assert figures == {f"{name}.{kind}" for name in CHARTS for kind in ("svg", "png")}
    svgs = {p.stem: p.read_text() for p in (folder / "figures").glob("*.svg")}
    assert "events of eligible users: 6" in svgs["funnel"]
    for svg in svgs.values():
        assert 'width="336"' in svg  # 3.5 inches
        assert set(re.findall('font-size="(.*?)"', svg)) == {"12px"}
    for path in (folder / "figures").glob("*.png"):
        png = path.read_bytes()
        assert png.startswith(b"\x89PNG")
        assert int.from_bytes(png[16:20]) == 1050, path  # 3.5 inches
        per_metre = round(300 / 0.0254)
        assert b"pHYs" + struct.pack(">IIB", per_metre, per_metre, 1) in png


def test_open_shows_the_newest_page(tiny: Workspace, tmp_path: Path) -> None:
    seen = tmp_path / "seen"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > "{seen}"\n')
    browser.chmod(0o755)
    done = report_command("open", f"--registry={tiny.registry}", BROWSER=str(browser))
    assert done.returncode == 0, done.stderr
    assert seen.read_text().strip() == page_of(tiny).resolve().as_uri()


def test_without_a_browser_open_prints_where_the_page_is(tiny: Workspace) -> None:
    none = {"BROWSER": "/none", "DISPLAY": "", "PATH": "/none"}
    done = report_command("open", f"--registry={tiny.registry}", **none)
    assert done.returncode == 0, done.stderr
    where, why = done.stdout.splitlines()
    assert (PROJECT / where).resolve() == page_of(tiny).resolve()
    assert why == "no browser found here: open this file in one"


def test_without_a_report_one_line_says_what_to_do(
    tiny: Workspace, tmp_path: Path
) -> None:
    for arguments, message in (
        ((f"--registry={tmp_path / 'none.json'}",), "no report is there; {}"),
        (
            (f"--registry={tiny.registry}", "--dataset=other"),
            "no report of other is there; {} DATASET=other",
        ),
    ):
        done = report_command("open", *arguments)
        assert done.returncode == 1
        expected = re.escape(message.format("make one with: make run"))
        assert re.fullmatch(f"report: .*: {expected}\n", done.stderr)
    done = report_command("figures", str(tmp_path))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "no report in this folder" in done.stderr


def test_the_report_holds_all_that_the_page_shows(tiny: Workspace) -> None:
    report = json.loads((tiny.newest_report() / "report.json").read_text())
    train = next(split for split in report["splits"] if split["n_users"])
    assert (train["n_events"], train["n_pairs"], train["n_episodes"]) == (6, 3, 1)
    gaps = {
        row["lower_bound"]: row["n_values"]
        for row in report["histograms"]
        if row["measure"] == "gap_sec"
    }
    # 600, 1,800, 1,801, 0 and 599 s
    empty = {2**power: 0 for power in range(9)}
    assert gaps == {0: 1, 512: 2, 1024: 2} | empty
