"""Random logs under random settings: every artifact equals the reference.

Many small logs go into one build, each with users of its own, as starting dbt is what
takes time. They share courses, splits and ids, as users of one log do. Settings are
drawn once a build: BUILDS of them are tried, each on LOGS_PER_BUILD logs.
"""

import csv
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from conftest import PROJECT, Workspace
from test_against_reference import assert_equal_to_reference

LOGS_PER_BUILD = 25
BUILDS = 40 if "TORTURE" in os.environ else 8

KINDS = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["vars"][
    "setting_kinds"
]
# pinned needs a file of the users, which are not known yet
METHODS = [name for name in KINDS["split_method"]["options"] if name != "pinned"]

COLUMNS = ["user_id", "item_id", "watch_percentage", "created_at", "rating"]
GAP = 1800
# within a session, at its edge, beyond; none at all; years
STEPS = [0, 0, 0, 1, 59, GAP - 1, GAP, GAP + 1, 86_400, 400_000_000]
FIRST = 1_538_151_509
STARTS = [0, -3, -62_135_596_800, FIRST, FIRST, 253_402_300_799 - 3_600]
TEXT_IDS = [
    "a",
    "A",
    "b",
    "ä",
    "日本",
    "10",
    "9",
    "a,b",
    'q"q',
    "x\ny",
    "'; --",
    "../x",
    " ",
]
LARGEST, SECOND_LARGEST = str(2**63 - 1), str(2**63 - 2)
BIGINT_IDS = [
    *("1", "2", "10", "-1", "-0", " 7 ", "7", "+3", "007", "\t3"),
    *(LARGEST, str(-(2**63))),
]
BIGINT_SPELLINGS = ["{}", "{}", " {}", "{}\t", "+{}", "00{}"]
NUMBERS = ["", "0", "-0.0", "5", "100", "7.25", " 3 ", "1e2", "1e999", "nan", "bad"]
# the numbers that auto reads
EPOCHS_FROM, EPOCHS_UNTIL = 631_152_000, 4_102_444_800
SHAPES = [
    *(" ", "T", "t", " Z", "TZ", "T+00:00", " -0000", "T+00", " UTC", " GMT", "  UTC"),
    *("Tz", "T +00:00", "  Z"),
]
BAD_TIMES = [
    *("0", "-1", "20180928", "43371", "2018", "17.5", "01/02/2018"),
    "",
    " ",
    "yesterday",
    "2018-02-30",
    "2018-01-01 24:00:00",
    "1e9",
    "28/9/18",
]


def iso(seconds: int, form: str, fraction: str) -> str:
    """The instant as text of a form; years 1 to 9999 only."""
    days, rest = divmod(seconds, 86_400)
    year, month, day = civil(days)
    clock = f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
    return f"{year:04d}-{month:02d}-{day:02d}{form[0]}{clock}{fraction}{form[1:]}"


def civil(days: int) -> tuple[int, int, int]:
    """Year, month and day of a number of days since 1970-01-01."""
    era, day_of_era = divmod(days + 719_468, 146_097)
    year_of_era = (
        day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146_096
    ) // 365
    day_of_year = day_of_era - (
        365 * year_of_era + year_of_era // 4 - year_of_era // 100
    )
    shifted = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * shifted + 2) // 5 + 1
    month = shifted + 3 if shifted < 10 else shifted - 9
    return year_of_era + era * 400 + (month <= 2), month, day


@st.composite
def times(draw: st.DrawFn, seconds: int) -> str:
    """The instant in one of the forms a log may give it, now and then a bad one."""
    form = draw(st.sampled_from(["iso"] * 6 + ["epoch", "epoch", "bad"]))
    if form == "bad":
        return draw(st.sampled_from(BAD_TIMES))
    if form == "epoch" and EPOCHS_FROM <= seconds < EPOCHS_UNTIL:
        unit = draw(st.sampled_from([1, 10**3, 10**6, 10**9]))
        part = draw(st.sampled_from([0, 0, 1, 999]))
        return str(seconds * unit + min(part, unit - 1)) + draw(
            st.sampled_from(["", "", ".5", ".0000009"])
        )
    text = iso(
        seconds,
        draw(st.sampled_from(SHAPES)),
        draw(st.sampled_from(["", "", ".5", ",25", ".999999", ".0000009"])),
    )
    if draw(st.booleans()):
        text = text.replace("-", "/", 2)
    return draw(st.sampled_from(["", "", " ", "\t"])) + text


@st.composite
def user_ids(draw: st.DrawFn, log: int, text: bool) -> list[str]:
    """One user's id, in each way the log may write it; no other log has the user."""
    if text:
        return [f"{log}:{draw(st.sampled_from(TEXT_IDS))}"]
    number = 1000 * (100 + log) + draw(st.sampled_from([1, 22, 333]))
    if draw(st.booleans()):
        return [f"-{number}", f" -{number} ", f"-0{number}"]
    return [spelling.format(number) for spelling in BIGINT_SPELLINGS]


@st.composite
def users(draw: st.DrawFn, log: int, text: bool) -> list[list[str]]:
    """The rows of one user: steps from a start, among a few courses."""
    spellings = draw(user_ids(log, text))
    ids = TEXT_IDS if text else BIGINT_IDS
    courses = draw(st.lists(st.sampled_from(ids), min_size=1, max_size=4))
    now = draw(st.sampled_from(STARTS))
    rows = []
    for _ in range(draw(st.sampled_from([1, 2, 3, 5, 8, 13, 20]))):
        now += draw(st.sampled_from(STEPS))
        if now >= 253_402_300_800:
            break
        row = [
            draw(st.sampled_from(spellings)),
            draw(st.sampled_from(courses)),
            draw(st.sampled_from(NUMBERS)),
            draw(times(now)),
            draw(st.sampled_from(NUMBERS)),
        ]
        rows += [row] * draw(st.sampled_from([1, 1, 1, 1, 1, 2]))
    return rows


@st.composite
def builds(draw: st.DrawFn) -> tuple[dict[str, Any], list[list[str]]]:
    """Settings, and the rows of many logs in any order."""
    text = draw(st.booleans())
    kind = "varchar" if text else "bigint"
    rows: list[list[str]] = []
    for log in range(LOGS_PER_BUILD):
        for _ in range(draw(st.integers(1, 3))):
            rows += draw(users(log, text))
    rows += [[bad, "1", "", "2018-01-01", ""] for bad in ("", " ", "\t")]
    # two users of the same courses that are eligible under any settings
    rows += [
        [user, str(second % 3), "", str(FIRST + second), ""]
        for user in (LARGEST, SECOND_LARGEST)
        for second in range(8)
    ]
    ratios = [[0.7, 0.15, 0.15], [0.34, 0.33, 0.33], [0, 0.5, 0.5], [1, 0, 0]]
    chosen = {
        "user_id_type": kind,
        "item_id_type": kind,
        "min_interactions": draw(st.sampled_from([None, 1, 2, 7])),
        "split_ratios": draw(st.sampled_from(ratios)),
        "split_seed": draw(st.integers(0, 2**31 - 1)),
        "split_method": draw(st.sampled_from(METHODS)),
        "min_item_users": draw(st.sampled_from([1, 1, 2])),
        "time_from": draw(
            st.sampled_from([None, None, "2018-09-28", "0999-12-31T23:59"])
        ),
        "time_until": draw(
            st.sampled_from(
                [None, None, "2018-09-28T16:18:37", "2018-09-29 01:00:00.75"]
            )
        ),
        "deduplicate_consecutive": draw(st.booleans()),
        "session_gap_seconds": draw(st.sampled_from([0, 59, GAP, 2**31 - 1])),
        "episode_k": draw(st.integers(1, 4)),
        "episode_q": draw(st.integers(1, 4)),
        "max_prefix_len": draw(st.sampled_from([None, 1, 2, 5])),
    }
    return chosen, draw(st.permutations(rows))


@settings(
    max_examples=BUILDS,
    deadline=None,
    database=None,
    derandomize="TORTURE" not in os.environ,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
@given(drawn=builds())
def test_random_logs_under_random_settings(
    record_property: Callable[[str, int], None],
    drawn: tuple[dict[str, Any], list[list[str]]],
) -> None:
    chosen, rows = drawn
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.csv"
        with log.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.writer(handle, lineterminator="\n")
            writer.writerows([COLUMNS, *rows])
        expected = assert_equal_to_reference(
            Workspace(Path(folder)),
            log,
            max_rejected_fraction=1,
            implausible_times="allow",
            **chosen,
        )
    assert expected.rejected
    assert LARGEST in map(str, expected.splits)
    record_property("random logs", LOGS_PER_BUILD)
    record_property("random settings", 1)


def test_the_days_of_the_calendar_are_right() -> None:
    assert civil(0) == (1970, 1, 1)
    assert civil(-719_162) == (1, 1, 1)
    assert civil(2_932_896) == (9999, 12, 31)
    assert iso(1_538_151_509, "T+00:00", ".5") == "2018-09-28T16:18:29.5+00:00"
