"""The forms a column of times may have, and the settings that read them."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import duckdb

from mooc_episodes.inspect.spelling import OWN_SQL

# what time_format: auto takes
ISO = re.compile(
    r"\s*\d{4}([-/])\d{2}\1\d{2}([ Tt]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?"
    r"\s*(Z|z|UTC|GMT|[+-]\d{2}(:?\d{2})?)?)?\s*"
)
DATE = re.compile(r"\s*\d{4}([-/])\d{2}\1\d{2}\s*")
TIME_OF_DAY = re.compile(r"\s*\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?\s*")
# what auto reads after a date
ISO_CLOCK = re.compile(r"\s*\d{2}:\d{2}(:\d{2}([.,]\d+)?)?\s*")
CLOCKS = {
    "%H:%M:%S": re.compile(r"\d{1,2}:\d{2}:\d{2}"),
    "%H:%M": re.compile(r"\d{1,2}:\d{2}"),
    "%H:%M:%S.%f": re.compile(r"\d{1,2}:\d{2}:\d{2}[.]\d{1,6}"),
    "%I:%M %p": re.compile(r"(0?[1-9]|1[0-2]):\d{2} [AaPp][Mm]"),
    "%I:%M:%S %p": re.compile(r"(0?[1-9]|1[0-2]):\d{2}:\d{2} [AaPp][Mm]"),
    "%I:%M%p": re.compile(r"(0?[1-9]|1[0-2]):\d{2}[AaPp][Mm]"),
    "%I:%M:%S%p": re.compile(r"(0?[1-9]|1[0-2]):\d{2}:\d{2}[AaPp][Mm]"),
}
CLOCK_DIGITS = {
    "%H%M%S": re.compile(r"([01]\d|2[0-3])([0-5]\d){2}"),
    "%H%M": re.compile(r"([01]\d|2[0-3])[0-5]\d"),
}
CLOCK_NAME = re.compile(r"(^|_)(time|clock|hhmm(ss)?|time_of_day)$")
HOUR_NAME = re.compile(r"(^|_)(hour|hr|hh|hour_of_day)$")
NUMBER = re.compile(r"\s*[+-]?\d+([.]\d*)?\s*")
WHOLE = re.compile(r"\s*[+-]?\d+\s*")

Y1990, Y2100 = 631_152_000, 4_102_444_800
# the starts of other years, in seconds since 1970
Y1601, Y1991, Y1995 = -11_644_473_600, 662_688_000, 788_918_400
Y2001, Y2010 = 978_307_200, 1_262_304_000
# {column} is the column's name in SQL
TICKS = (
    "as nanoseconds since 1970 all are of 1990; if they are .NET's ticks (100 ns since "
    "year 1), select make_timestamp(({column}::bigint - 621355968000000000) // 10) "
    f"({OWN_SQL})"
)
FILETIME = (
    "if it counts 100 ns since 1601, as Windows does, select "
    f"make_timestamp(({{column}}::bigint - 116444736000000000) // 10) ({OWN_SQL})"
)
FROM_2001 = (
    "as seconds since 1970 all are before 1995; if they count from 2001, as Apple's do,"
    ' set time_format: s, time_origin: "2001-01-01"'
)
DAY = 86_400
UNITS = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
WORDS = {
    "s": "seconds",
    "ms": "milliseconds",
    "us": "microseconds",
    "ns": "nanoseconds",
}
EXCEL = "1899-12-30"
EXCEL_1990, EXCEL_2100 = 32_874, 73_051

DATES = (
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d.%m.%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%d/%m/%y",
    "%m/%d/%y",
    "%d.%m.%y",
    "%d %b %Y",
    "%d %B %Y",
    "%b %d, %Y",
    "%B %d, %Y",
    "%m %d, %Y",
    "%d-%b-%Y",
    "%d-%b-%y",
    "%Y.%m.%d",
    "%Y-%m-%d",
    "%Y/%m/%d",
)
TIMES = (
    "",
    " %H:%M:%S",
    " %H:%M",
    " %H:%M:%S.%f",
    ", %H:%M:%S",
    ", %H:%M",
    " %I:%M:%S %p",
    " %I:%M %p",
    ", %I:%M:%S %p",
    ", %I:%M %p",
    " at %H:%M",
    " at %I:%M %p",
    " %I:%M:%S%p",
    " %I:%M%p",
    " %H:%M:%S %z",
    "T%H:%M:%S%z",
)
OTHERS = (
    "%a %b %d %H:%M:%S %Y",
    "%a %b %d %H:%M:%S UTC %Y",
    "%d/%b/%Y:%H:%M:%S %z",
    "%a, %d %b %Y %H:%M:%S GMT",
    "%Y-%m-%dT%H-%M-%S",
    "%H:%M:%S %d/%m/%Y",
    "[%d/%b/%Y:%H:%M:%S %z]",
    "%a %b %d %H:%M:%S %z %Y",
    "%a, %d %b %Y %H:%M:%S %z",
    "%Y%m%dT%H%M%SZ",
    "%Y%m%dT%H%M%S",
    "%Y%m%dT%H%M%S%z",
    "%Y-%m",
    "%Y/%m",
    "%m/%Y",
    "%b %Y",
    "%B %Y",
    # Moodle's
    "%A, %d %B %Y, %I:%M %p",
    "%A, %d %B %Y, %H:%M",
    "%A, %B %d, %Y, %I:%M %p",
    "%Y年%m月%d日 %H:%M",
    "%Y年%m月%d日 %H:%M:%S",
    "%Y年%m月%d日",
)
DIGITS = {
    "%Y%m%d": re.compile(r"(19[9]\d|20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])"),
    "%Y%m%d%H%M": re.compile(
        r"(199\d|20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])([01]\d|2[0-3])[0-5]\d"
    ),
    "%Y%m%d%H%M%S": re.compile(
        r"(199\d|20\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])([01]\d|2[0-3])([0-5]\d){2}"
    ),
}
# as a day and a year are
TWO_NUMBERS = re.compile(r"\d\D+\d")
PATTERN_WORDS = {
    "%Y%m%d": "dates as yyyymmdd",
    "%Y%m%d%H%M": "times as yyyymmddhhmm",
    "%Y%m%d%H%M%S": "times as yyyymmddhhmmss",
}


@dataclass(frozen=True)
class Form:
    """A form of times.

    Attributes:
        words: What it is.
        share: Of the values, how many have it.
        settings: What reads it, besides the defaults.
        doubt: What cannot be known from the values; empty if nothing.
        is_strong: Whether values alone show it, whatever the column's name.
    """

    words: str
    share: float
    settings: dict[str, Any] = field(default_factory=dict)
    doubt: str = ""
    is_strong: bool = True


def forms(values: list[str], name: str = "") -> list[Form]:
    """The forms that most of the values have, the likeliest first."""
    distinct = list(dict.fromkeys(values))[:2_000]
    if not distinct:
        return []
    found = [*iso(distinct), *numbers(distinct, name)] or [*patterns(distinct)]
    return sorted(
        (form for form in found if form.share >= 0.5), key=lambda form: -form.share
    )


def part(values: list[str], fits: Callable[[str], Any]) -> float:
    """The share of the values that fit."""
    return sum(bool(fits(value)) for value in values) / len(values)


def iso(values: list[str]) -> list[Form]:
    """ISO 8601, which needs no setting."""
    share = part(values, ISO.fullmatch)
    if share < 0.5:
        return []
    if part(values, DATE.fullmatch) > 0.99 * share:
        return [Form("dates without a time of day", share)]
    return [Form("ISO text", share)]


def numbers(values: list[str], name: str) -> list[Form]:
    """Epochs, digits of a date, days, years."""
    if part(values, NUMBER.fullmatch) < 0.5:
        return []
    texts = [value.strip() for value in values if NUMBER.fullmatch(value)]
    amounts = [float(text) for text in texts]
    of_all = len(values)
    found = []
    units = {
        unit: sum(Y1990 <= abs(amount) / scale < Y2100 for amount in amounts)
        for unit, scale in UNITS.items()
    }
    if sum(units.values()) >= 0.5 * of_all:
        seen = [unit for unit, count in units.items() if count]
        words = " and ".join(WORDS[unit] for unit in seen) + " since 1970"
        doubt = ""
        if seen == ["ns"] and max(amounts) < Y1991 * UNITS["ns"]:
            doubt = TICKS
        if seen == ["s"] and max(amounts) < Y1995:
            doubt = FROM_2001
        found.append(Form(words, sum(units.values()) / of_all, doubt=doubt))
    found += other_starts(amounts, len(texts) / of_all)
    for pattern, regex in DIGITS.items():
        share = sum(bool(regex.fullmatch(text)) for text in texts) / of_all
        if share >= 0.5:
            found.append(Form(PATTERN_WORDS[pattern], share, {"time_format": pattern}))
    if found:
        return found
    share = len(texts) / of_all
    years = sum(bool(re.fullmatch(r"(19[5-9]\d|20\d\d)", text)) for text in texts)
    if years >= 0.9 * of_all:
        doubt = "years only: most events of a user are tied"
        return [Form("years", years / of_all, {"time_format": "%Y"}, doubt, False)]
    return [*days(amounts, share, name)]


def other_starts(amounts: list[float], share: float) -> list[Form]:
    """Numbers that count from 2001 or 1601, by their size."""
    least, most = min(amounts), max(amounts)
    found = []
    if least >= Y2010 - Y2001 and Y1990 <= most < Y1995:
        settings = {"time_format": "s", "time_origin": "2001-01-01"}
        doubt = "seconds may count from another day than that of time_origin"
        found.append(Form("seconds since 2001", share, settings, doubt, False))
    scale = UNITS["us"]
    if least >= (Y1990 - Y1601) * scale and most < (Y2100 - Y1601) * scale:
        settings = {"time_format": "us", "time_origin": "1601-01-01"}
        found.append(Form("microseconds since 1601", share, settings, "", False))
    return found


def is_filetime(values: list[str]) -> bool:
    """Whether numbers are those of Windows: 100 nanoseconds, since 1601."""
    least, most = ((year - Y1601) * 10_000_000 for year in (Y1990, Y2100))
    return bool(values) and all(
        WHOLE.fullmatch(value) and least <= int(value) < most for value in values
    )


def days(amounts: list[float], share: float, name: str) -> list[Form]:
    """Small numbers: days or seconds from a start that the file does not name."""
    if not amounts or max(map(abs, amounts)) >= Y1990:
        return []
    found = []
    inside = sum(EXCEL_1990 <= amount < EXCEL_2100 for amount in amounts)
    if inside >= 0.9 * len(amounts):
        found.append(
            Form(
                "days as Excel counts them",
                share,
                {"time_format": "days", "time_origin": EXCEL},
                "if they count from another day, name it in time_origin",
                False,
            )
        )
    doubt = (
        "numbers do not say when they begin: time_origin names the day that 0 is; "
        "without it times are shown as of 1970, and only their order means something"
    )
    # what counts from its own start is before 1990, which would stop the build
    as_days = Form(
        "days from a start of their own",
        share,
        {"time_format": "days", "implausible_times": "allow"},
        doubt,
        False,
    )
    as_seconds = Form(
        "seconds from a start of their own",
        share,
        {"time_format": "s", "implausible_times": "allow"},
        doubt,
        False,
    )
    are_days = max(map(abs, amounts)) < 10_000 and not re.search("time|ts|sec", name)
    return [*found, *([as_days, as_seconds] if are_days else [as_seconds, as_days])]


def counts(tried: list[str], texts: list[str]) -> dict[str, int]:
    """How many of the texts each pattern reads."""
    if not tried:
        return {}
    columns = ", ".join(
        f"count(case when year(try_strptime(v, '{pattern}')) between 1950 and 2100 "
        "then 1 end)"
        for pattern in tried
    )
    with duckdb.connect() as connection:
        query = f"select {columns} from (select unnest(?::varchar[]) as v)"
        row = connection.execute(query, [texts]).fetchone() or ()
    return dict(zip(tried, row, strict=True))


def patterns(values: list[str]) -> list[Form]:
    """Texts that a strptime pattern reads.

    Trying all is slow, so texts most of which have no day and year are left out.
    """
    if part(values, TWO_NUMBERS.search) < 0.5:
        return []
    texts = [value.strip() for value in values]
    tried = [date + time for date in DATES for time in TIMES] + list(OTHERS)
    signs = {*chain(*texts)}
    # what a pattern has besides its directives, a text that it reads has too
    read = counts([p for p in tried if {*re.sub("%.", "", p)} <= signs], texts)
    best = max(read.values(), default=0)
    if not best:
        return []
    fitting = [pattern for pattern, n in read.items() if n == best]
    # %y reads the first digits of a year only if the texts have two
    fitting = [p for p in fitting if "%y" in p] or fitting
    doubt = ""
    if len(fitting) > 1:
        doubt = "day and month may be either way round: no day is above 12"
    elif "%d" not in fitting[0]:
        doubt = "months only: most events of a user are tied"
    return [
        Form(f"text as {pattern}", best / len(values), {"time_format": pattern}, doubt)
        for pattern in fitting[:2]
    ]


def is_date_only(values: list[str], form: Form) -> bool:
    """Whether the form has no time of day."""
    pattern = form.settings.get("time_format", "")
    if pattern:
        return "%d" in pattern and "%H" not in pattern and "%I" not in pattern
    return part(values, DATE.fullmatch) > 0.9


def clock(values: list[str], name: str = "") -> str:
    """The pattern of times of a day without a date; empty if they are none.

    Digits without colons are taken for one only under a name that says so.
    """
    few = values[:2_000]
    if not few:
        return ""
    patterns = dict(CLOCKS)
    if CLOCK_NAME.search(name):
        patterns |= CLOCK_DIGITS
    if HOUR_NAME.search(name):
        patterns["%H"] = re.compile(r"[01]?\d|2[0-3]")
    shares = {
        pattern: part(few, lambda value, regex=regex: regex.fullmatch(value.strip()))
        for pattern, regex in patterns.items()
    }
    best = max(shares, key=lambda pattern: shares[pattern])
    if shares[best] > 0.95:
        return best
    # with and without seconds, which no one pattern reads
    return "%H:%M:%S" if part(few, TIME_OF_DAY.fullmatch) > 0.95 else ""


def with_time_of_day(
    form: Form, dates: list[str], clocks: list[str], pattern: str, label: str
) -> Form:
    """The form of a date and a time of day in two columns.

    Args:
        form: The dates' form.
        dates: Their values.
        clocks: The times of day.
        pattern: Their pattern.
        label: What their column is called.
    """
    date = form.settings.get("time_format", "")
    doubt = form.doubt
    if ":" not in pattern:
        what = "an hour" if pattern == "%H" else "a time"
        doubt = "; ".join(
            filter(None, [doubt, f"{label} is taken for {what} of the day"])
        )
    if not date and part(clocks[:2_000], ISO_CLOCK.fullmatch) > 0.95:
        return Form("dates and times of day in two columns", form.share, doubt=doubt)
    date = date or ("%Y/%m/%d" if "/" in dates[0] else "%Y-%m-%d")
    both = f"{date} {pattern}"
    settings = {**form.settings, "time_format": both}
    return Form(f"text as {both} in two columns", form.share, settings, doubt)
