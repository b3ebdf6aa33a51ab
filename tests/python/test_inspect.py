"""What inspect proposes for files of many shapes, and that what it prints works."""

import gzip
import json
import os
import re
import shlex
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

import reference
from conftest import PROJECT, Workspace
from mooc_episodes.base.errors import UserError
from mooc_episodes.inspect.columns import NULLS
from mooc_episodes.inspect.inspection import Inspection, flow
from mooc_episodes.inspect.inspection import inspect as look
from mooc_episodes.inspect.names import one_of_several
from mooc_episodes.inspect.text import facts, lines
from mooc_episodes.templates import Templates

# three users, each of seven items in as many steps: 6 pairs, an episode of K 2 and Q 3
STEPS = [(user, 11 + step, step) for user in (3, 4, 5) for step in range(7)]
NO_MEASURES = {"watch_percentage": None, "rating": None}


def text(row: str, head: str = "") -> bytes:
    """A row for each step, of user u, item i and step s, under a header."""
    rows = [row.format(u=user, i=item, s=step) for user, item, step in STEPS]
    return (head + "".join(f"{one}\n" for one in rows)).encode()


SETTINGS_SEEN: dict[str, tuple[str, bytes, dict[str, Any]]] = {
    "names of ours": (
        "plain.csv",
        text(
            "{u},{i},2021-03-1{s} 10:00:00",
            "user_id,item_id,created_at\n",
        ),
        {"columns": NO_MEASURES},
    ),
    "MovieLens with commas": (
        "ratings.csv",
        text("{u},{i},{s}.5,97830076{s}", "userId,movieId,rating,timestamp\n"),
        {
            "columns": {
                "user_id": "userId",
                "item_id": "movieId",
                "created_at": "timestamp",
                "watch_percentage": None,
            }
        },
    ),
    "MovieLens with two colons": (
        "ratings.dat",
        text("{u}::{i}::4::97830076{s}"),
        {
            "csv": {"delimiter": "::", "header": False},
            "columns": {
                "user_id": 1,
                "item_id": 2,
                "created_at": 4,
                "watch_percentage": None,
                "rating": 3,
            },
        },
    ),
    "RecBole": (
        "ml.inter",
        text(
            "{u}\t{i}\t4\t97830076{s}",
            "user_id:token\titem_id:token\trating:float\ttimestamp:float\n",
        ),
        {"columns": {"created_at": "timestamp", "watch_percentage": None}},
    ),
    "tabs and milliseconds": (
        "log.tsv",
        text("{u}\tv{i}\t160000000{s}000", "uid\tvideo\tts\n"),
        {
            "columns": {
                "user_id": "uid",
                "item_id": "video",
                "created_at": "ts",
                **NO_MEASURES,
            },
            "item_id_type": "varchar",
        },
    ),
    "tabs under .csv": (
        "log.csv",
        text("{u}\t{i}\t160000000{s}", "user_id\titem_id\tcreated_at\n"),
        {"csv": {"delimiter": "\t"}, "columns": NO_MEASURES},
    ),
    "vertical bars": (
        "log.txt",
        text("{u}|{i}|160000000{s}", "user_id|item_id|created_at\n"),
        {"csv": {"delimiter": "|"}, "columns": NO_MEASURES},
    ),
    "blanks": (
        "log.txt",
        text("{u} {i} 160000000{s}"),
        {
            "csv": {"delimiter": " ", "header": False},
            "columns": {"user_id": 1, "item_id": 2, "created_at": 3, **NO_MEASURES},
        },
    ),
    "Diginetica, whose users are missing": (
        "views.csv",
        text(
            "{u};NA;{i};{s}457;2016-05-1{s}",
            "sessionId;userId;itemId;timeframe;eventdate\n",
        ),
        {
            "csv": {"delimiter": ";"},
            "columns": {
                "user_id": "sessionId",
                "item_id": "itemId",
                "created_at": "eventdate",
                **NO_MEASURES,
            },
        },
    ),
    "YooChoose": (
        "clicks.dat",
        text("{u},2014-04-1{s}T10:51:09.277Z,2145365{i},0"),
        {
            "csv": {"header": False},
            "columns": {"user_id": 1, "item_id": 3, "created_at": 2, **NO_MEASURES},
        },
    ),
    "Amazon, the item first": (
        "books.csv",
        text("B0000000{i},A{u}ZJ7X2M0QWER,5.0,135345600{s}"),
        {
            "csv": {"header": False},
            "columns": {
                "user_id": 2,
                "item_id": 1,
                "created_at": 4,
                "watch_percentage": None,
                "rating": 3,
            },
            "user_id_type": "varchar",
            "item_id_type": "varchar",
        },
    ),
    "OULAD": (
        "vle.csv",
        text("{u},{i},{s},3", "id_student,id_site,date,sum_click\n"),
        {
            "columns": {
                "user_id": "id_student",
                "item_id": "id_site",
                "created_at": "date",
                **NO_MEASURES,
            },
            "time_format": "days",
            "implausible_times": "allow",
        },
    ),
    "Moodle": (
        "moodle.csv",
        text(
            '"1{s}/09/21, 14:05","Ana {u}","Course: C{i}",web',
            'Time,"User full name","Event context",Origin\n',
        ),
        {
            "columns": {
                "user_id": "User full name",
                "item_id": "Event context",
                "created_at": "Time",
                **NO_MEASURES,
            },
            "user_id_type": "varchar",
            "item_id_type": "varchar",
            "time_format": "%d/%m/%y, %H:%M",
        },
    ),
    "KDD Cup 2015": (
        "log.csv",
        text(
            "{u},2014-06-1{s}T04:32:13,server,access,o{i}x",
            "enrollment_id,time,source,event,object\n",
        ),
        {
            "columns": {
                "user_id": "enrollment_id",
                "item_id": "object",
                "created_at": "time",
                **NO_MEASURES,
            },
            "item_id_type": "varchar",
        },
    ),
    "digits of a date": (
        "digits.csv",
        text("{u},{i},2021081{s}", "user_id,item_id,created_at\n"),
        {"columns": NO_MEASURES, "time_format": "%Y%m%d"},
    ),
    "digits of a time": (
        "digits.csv",
        text("{u},{i},2021081{s}101500", "user_id,item_id,created_at\n"),
        {"columns": NO_MEASURES, "time_format": "%Y%m%d%H%M%S"},
    ),
    "Excel's days": (
        "excel.csv",
        text("{u},{i},4420{s}.5", "user_id,item_id,created_at\n"),
        {
            "columns": NO_MEASURES,
            "time_format": "days",
            "time_origin": "1899-12-30",
        },
    ),
    "day and month": (
        "days.csv",
        text("{u},{i},1{s}/03/2021 10:00", "user_id,item_id,created_at\n"),
        {"columns": NO_MEASURES, "time_format": "%d/%m/%Y %H:%M"},
    ),
    "month and day": (
        "days.csv",
        text("{u},{i},03/1{s}/2021", "user_id,item_id,created_at\n"),
        {"columns": NO_MEASURES, "time_format": "%m/%d/%Y"},
    ),
    "date and time in two columns": (
        "two.csv",
        text("{u},{i},2021-03-1{s},1{s}:00:00", "learner,course,date,time\n"),
        {
            "columns": {
                "user_id": "learner",
                "item_id": "course",
                "created_at": ["date", "time"],
                **NO_MEASURES,
            }
        },
    ),
    "quotes of one stroke": (
        "single.csv",
        text("{u},'R, part {i}',2021-03-1{s}", "user_id,item_id,created_at\n"),
        {
            "csv": {"quote": "'", "escape": "'"},
            "columns": NO_MEASURES,
            "item_id_type": "varchar",
        },
    ),
    "quotes after a backslash": (
        "backslash.csv",
        text('{u},"about \\"R\\" {i}",2021-03-1{s}', "user_id,item_id,created_at\n"),
        {
            "csv": {"escape": "\\"},
            "columns": NO_MEASURES,
            "item_id_type": "varchar",
        },
    ),
    "leading zeros": (
        "zeros.csv",
        text("{u},00{i},2021-03-1{s}", "user_id,item_id,created_at\n"),
        {"columns": NO_MEASURES, "item_id_type": "varchar"},
    ),
    "JSON, packed": (
        "log.jsonl.gz",
        gzip.compress(
            text('{{"user_id": {u}, "item_id": "c{i}", "ts": 160000000{s}}}')
        ),
        {"columns": {"created_at": "ts", **NO_MEASURES}, "item_id_type": "varchar"},
    ),
    "edX": (
        "edx.jsonl",
        text(
            '{{"username": "u{u}", "context": {{"course_id": "X+{i}"}}, '
            '"time": "2020-01-1{s}T10:00:00.123+00:00"}}'
        ),
        {
            "columns": {
                "user_id": "username",
                "item_id": "context.course_id",
                "created_at": "time",
                **NO_MEASURES,
            },
            "user_id_type": "varchar",
            "item_id_type": "varchar",
        },
    ),
    "MongoDB, each value in an object": (
        "log.jsonl",
        text(
            '{{"_id": {{"$oid": "{u}{s}f"}}, "user_id": {{"$oid": "{u}a"}}, '
            '"course_id": {{"$numberLong": "{i}"}}, '
            '"created_at": {{"$date": "2024-01-1{s}T11:00:00Z"}}}}'
        ),
        {
            "columns": {
                "user_id": "user_id.$oid",
                "item_id": "course_id.$numberLong",
                "created_at": "created_at.$date",
                **NO_MEASURES,
            },
            "user_id_type": "varchar",
        },
    ),
    "an id and an address in one object": (
        "log.jsonl",
        text(
            '{{"actor": {{"id": "u{u}", "email": "{u}@x"}}, "goal": {{"key": "c{i}"}},'
            ' "time": "2020-01-1{s}T10:00:00Z"}}'
        ),
        {
            "columns": {
                "user_id": "actor.id",
                "item_id": "goal.key",
                "created_at": "time",
                **NO_MEASURES,
            },
            "user_id_type": "varchar",
            "item_id_type": "varchar",
        },
    ),
    "an order's number before the item": (
        "retail.csv",
        text(
            "9{u}{s},X{i},2021-03-1{s},{u},UK",
            "InvoiceNo,Stock,InvoiceDate,User,Land\n",
        ),
        {
            "columns": {
                "user_id": "User",
                "item_id": "Stock",
                "created_at": "InvoiceDate",
                **NO_MEASURES,
            },
            "item_id_type": "varchar",
        },
    ),
    "the row's own id first": (
        "log.csv",
        text("8{u}{s},N{u},Part {i},2021-03-1{s}", "id,learner,what,when\n"),
        {
            "columns": {
                "user_id": "learner",
                "item_id": "what",
                "created_at": "when",
                **NO_MEASURES,
            },
            "user_id_type": "varchar",
            "item_id_type": "varchar",
        },
    ),
    "blanks after commas": (
        "log.csv",
        text("{u}, {i}, 2021-03-1{s} 10:00:00", "user_id, item_id, created_at\n"),
        {"columns": NO_MEASURES},
    ),
    "blanks after semicolons, and one that does not break": (
        "log.csv",
        text("{u}; {i}; 160000000{s}", "user_id; item_id; created_at\u00a0\n"),
        {"csv": {"delimiter": ";"}, "columns": NO_MEASURES},
    ),
    "a comma after each row, but not after the header": (
        "log.csv",
        text("{u},{i},2021-03-1{s} 10:00:00,", "user_id,item_id,created_at\n"),
        {"columns": NO_MEASURES},
    ),
    "a NUL in each item": (
        "log.csv",
        text("{u},c\0{i},160000000{s}", "user_id,item_id,created_at\n"),
        {"columns": NO_MEASURES, "item_id_type": "varchar"},
    ),
    "JSON keys with a dot": (
        "log.jsonl",
        text('{{"user.id": {u}, "item": {{"id": {i}}}, "time": 160000000{s}}}'),
        {
            "columns": {
                "user_id": "user.id",
                "item_id": "item.id",
                "created_at": "time",
                **NO_MEASURES,
            }
        },
    ),
    "tildes": (
        "log.txt",
        text("{u}~{i}~2021-03-1{s} 10:00:00", "user_id~item_id~created_at\n"),
        {"csv": {"delimiter": "~"}, "columns": NO_MEASURES},
    ),
    "a sign that is rare, and no header": (
        "log.txt",
        text("{u}\u00a6{i}\u00a62021-03-1{s} 10:00:00"),
        {
            "csv": {"delimiter": "\u00a6", "header": False},
            "columns": {"user_id": 1, "item_id": 2, "created_at": 3, **NO_MEASURES},
        },
    ),
    "Hive's delimiter": (
        "log.txt",
        text("{u}\x01{i}\x01160000000{s}", "user_id\x01item_id\x01created_at\n"),
        {"csv": {"delimiter": "\x01"}, "columns": NO_MEASURES},
    ),
}


@pytest.mark.parametrize("shape", SETTINGS_SEEN)
def test_the_settings_of_a_shape_are_proposed(shape: str, tmp_path: Path) -> None:
    name, content, expected = SETTINGS_SEEN[shape]
    (tmp_path / name).write_bytes(content)
    found = look(str(tmp_path / name))
    assert found.settings == expected
    # 21 rows, three users of seven items, whatever the shape
    assert (found.reading.n_rows, found.reading.n_read) == (21, 21)
    assert (found.reading.n_users, found.reading.n_items) == (3, 7)
    assert found.reading.n_with(5) == (3, 3)


def write(folder: Path, name: str, content: bytes | str) -> str:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


def test_parquet_is_read_by_its_types(tmp_path: Path) -> None:
    path = str(tmp_path / "log.parquet")
    duckdb.sql(
        "copy (select 3 as student, 'c' || range as video, "
        "timestamp '2021-03-10' + interval (range) day as time from range(7)) "
        f"to '{path}'"
    )
    found = look(path)
    columns = {"user_id": "student", "item_id": "video", "created_at": "time"}
    assert found.settings == {
        "columns": {**columns, **NO_MEASURES},
        "item_id_type": "varchar",
    }
    assert found.reading.n_with(5) == (1, 1)


def test_both_readings_are_offered_where_two_fit(tmp_path: Path) -> None:
    dates = text("{u},{i},0{s}/03/2021", "user_id,item_id,created_at\n")
    dates = dates.replace(b",00/", b",07/")
    found = look(write(tmp_path, "dates.csv", dates))
    assert found.settings["time_format"] == "%d/%m/%Y"
    [(why, settings)] = found.others
    assert why == "time is text as %m/%d/%Y"
    assert settings == found.settings | {"time_format": "%m/%d/%Y"}
    assert any("day and month" in note for note in found.notes)


# the columns after user and item, their values, the time expected, the other offered
SEVERAL_TIMES = {
    "a deadline, which a course decides": (
        ("closes", "2021-04-{i} 10:00"),
        ("done", "2021-03-1{s} 1{u}:00"),
        "done",
        ["closes"],
    ),
    "a deadline by its name": (
        ("deadline", "2021-0{u}-1{s} 10:00"),
        ("sent", "2021-03-1{s} 10:00"),
        "sent",
        ["deadline"],
    ),
    "one of each user": (
        ("created_at", "2021-03-0{u} 10:00"),
        ("timestamp", "2021-03-1{s} 10:00"),
        "timestamp",
        [],
    ),
    "a birth": (
        ("date_of_birth", "1991-03-0{u}"),
        ("enrol_date", "2021-03-1{s}"),
        "enrol_date",
        [],
    ),
    "a known name": (
        ("ended", "2021-03-1{s} 11:00"),
        ("start_time", "2021-03-1{s} 10:00"),
        "start_time",
        ["ended"],
    ),
}


@pytest.mark.parametrize("shape", SEVERAL_TIMES)
def test_of_several_columns_of_times_the_events_own_is_taken(
    shape: str, tmp_path: Path
) -> None:
    (one, first), (two, second), expected, offered = SEVERAL_TIMES[shape]
    rows = text(f"{{u}},{{i}},{first},{second}", f"student,course,{one},{two}\n")
    found = look(write(tmp_path, "log.csv", rows))
    assert found.guess.columns["created_at"] == expected
    [other] = {one, two} - {expected}
    note = f"created_at is a guess: column {expected}; {other} holds times as well"
    assert note in found.notes
    assert [why for why, _ in found.others] == [
        f"time is {name}, ISO text" for name in offered
    ]
    for (_, settings), name in zip(found.others, offered, strict=True):
        columns = found.settings["columns"] | {"created_at": name}
        assert settings == found.settings | {"columns": columns}


def test_another_column_of_times_is_offered_in_its_own_form(tmp_path: Path) -> None:
    rows = text("{u},{i},1{s}/03/2021,2021031{s}", "student,course,created_at,stored\n")
    found = look(write(tmp_path, "log.csv", rows))
    assert found.settings["time_format"] == "%d/%m/%Y"
    [(why, settings)] = found.others
    assert why == "time is stored, dates as yyyymmdd"
    assert settings["time_format"] == "%Y%m%d"
    assert settings["columns"]["created_at"] == "stored"


# a date, a time of day under a name, the format that reads both, the first as read
TWO_COLUMNS = {
    "a clock of 12 hours": (
        "2024-01-1{s}",
        "time",
        "02:01 PM",
        "%Y-%m-%d %I:%M %p",
        "14:01",
    ),
    "a clock of 12 hours, am": (
        "1{s}/01/2024",
        "at",
        "2:01am",
        "%d/%m/%Y %I:%M%p",
        "02:01",
    ),
    "digits": ("2024011{s}", "time", "212413", "%Y%m%d %H%M%S", "21:24"),
    "digits without seconds": (
        "2024/01/1{s}",
        "time",
        "2124",
        "%Y/%m/%d %H%M",
        "21:24",
    ),
    "hours": ("2024-01-1{s}", "hour", "7", "%Y-%m-%d %H", "07:00"),
    "one digit": ("2024-01-1{s}", "time", "7:01", "%Y-%m-%d %H:%M", "07:01"),
    "a fraction": (
        "1{s}.01.2024",
        "time",
        "07:01:02.5",
        "%d.%m.%Y %H:%M:%S.%f",
        "07:01",
    ),
    "ISO": ("2024-01-1{s}", "time", "07:01:02.5", None, "07:01"),
}


@pytest.mark.parametrize("form", TWO_COLUMNS)
def test_a_date_and_a_time_of_day_are_joined(form: str, tmp_path: Path) -> None:
    date, name, clock, expected, first = TWO_COLUMNS[form]
    rows = text(f"{{u}},{{i}},{date},{clock}", f"user,course,date,{name}\n")
    found = look(write(tmp_path, "log.csv", rows))
    assert found.settings["columns"]["created_at"] == ["date", name]
    assert found.settings.get("time_format") == expected
    assert (found.reading.n_read, found.reading.n_with(5)) == (21, (3, 3))
    assert f"{found.reading.first:%Y-%m-%d %H:%M}" == f"2024-01-10 {first}"


@pytest.mark.parametrize(
    ("name", "clock"), [("count", "212413"), ("time", "992413"), ("hour", "24")]
)
def test_digits_that_are_no_time_of_day_are_not_joined(
    name: str, clock: str, tmp_path: Path
) -> None:
    rows = text(f"{{u}},{{i}},2024-01-1{{s}},{clock}", f"user,course,date,{name}\n")
    found = look(write(tmp_path, "log.csv", rows))
    assert found.guess.columns["created_at"] == "date"


# a time of step 0 to 6, its format, and what is said of it
PATTERNS = {
    "compact, in UTC": ("2024011{s}T130000Z", "%Y%m%dT%H%M%SZ", "2024-01-10 13:00"),
    "compact": ("2024011{s}T130000", "%Y%m%dT%H%M%S", "2024-01-10 13:00"),
    "compact, with a zone": (
        "2024011{s}T130000+0200",
        "%Y%m%dT%H%M%S%z",
        "2024-01-10 11:00",
    ),
    "a web server's": (
        "[1{s}/May/2021:03:24:58 +0000]",
        "[%d/%b/%Y:%H:%M:%S %z]",
        "2021-05-10 03:24",
    ),
    "Twitter's": (
        "Fri Apr 1{s} 00:46:05 +0100 2021",
        "%a %b %d %H:%M:%S %z %Y",
        "2021-04-09 23:46",
    ),
    "mail's": (
        "Fri, 1{s} Apr 2021 00:46:05 +0100",
        "%a, %d %b %Y %H:%M:%S %z",
        "2021-04-09 23:46",
    ),
    "12 hours": ("2021-03-1{s} 10:56pm", "%Y-%m-%d %I:%M%p", "2021-03-10 22:56"),
    "months": ("2021-1{s}", "%Y-%m", "2021-10-01 00:00"),
    "Moodle": (
        "Friday, 5 January 2024, 10:0{s} PM",
        "%A, %d %B %Y, %I:%M %p",
        "2024-01-05 22:00",
    ),
    "at": ("5 Jan 2024 at 10:0{s}", "%d %b %Y at %H:%M", "2024-01-05 10:00"),
    "Chinese": ("2024年01月05日 10:0{s}", "%Y年%m月%d日 %H:%M", "2024-01-05 10:00"),
}


@pytest.mark.parametrize("form", PATTERNS)
def test_a_pattern_of_times_is_proposed_and_read(form: str, tmp_path: Path) -> None:
    value, expected, first = PATTERNS[form]
    # there are no months 13 to 16
    rows = text(f'{{u}},{{i}},"{value}"').decode().splitlines()
    if form == "months":
        rows = [row for row in rows if not re.search('1[3-6]"$', row)]
    content = "\n".join(["user_id,item_id,created_at", *rows, ""])
    found = look(write(tmp_path, "log.csv", content))
    assert found.settings["time_format"] == expected
    assert found.reading.n_read == len(rows)
    assert f"{found.reading.first:%Y-%m-%d %H:%M}" == first
    is_doubtful = any(
        note.startswith("time is a guess: months") for note in found.notes
    )
    assert is_doubtful == (form == "months")


# as Moodle writes its logs, headers too
OTHER_LANGUAGES = {
    "fr": ("Nom complet,Contexte,Heure", '{u},Test {i},"{s} janvier 2024, 10:06"'),
    "es": ("Nombre,Contexto,Hora", '{u},Test {i},"{s} de enero de 2024, 10:06"'),
    "pl": ("Nazwa,Kontekst,Czas", '{u},Test {i},"{s} stycznia 2024, 10:06"'),
}


@pytest.mark.parametrize("language", OTHER_LANGUAGES)
def test_times_in_words_of_another_language_are_named(
    language: str, tmp_path: Path
) -> None:
    names, row = OTHER_LANGUAGES[language]
    with pytest.raises(UserError) as found:
        look(write(tmp_path, "log.csv", text(row, f"{names}\n")))
    said = str(found.value)
    *_, time = names.split(",")
    assert f"no column holds times, among {names.replace(',', ', ')}; every" in said
    assert f'; {time} is "' in said
    assert "(months and days are read in English only); set the strptime" in said
    assert "number them" not in said


def test_seconds_before_1995_may_count_from_2001(tmp_path: Path) -> None:
    rows = text("{u},{i},63926425{s}", "user_id,item_id,created_at\n")
    found = look(write(tmp_path, "log.csv", rows))
    assert found.reading.first is not None
    assert found.reading.first.year == 1990
    assert (
        "time is a guess: as seconds since 1970 all are before 1995; if they count "
        'from 2001, as Apple\'s do, set time_format: s, time_origin: "2001-01-01"'
    ) in found.notes
    [(why, settings)] = found.others
    assert why == "time is seconds since 2001"
    assert settings == found.settings | {
        "time_format": "s",
        "time_origin": "2001-01-01",
    }


@pytest.mark.parametrize(
    ("value", "is_doubtful"),
    [("788918399", True), ("788918400", False), ("874724710", False)],
)
def test_seconds_of_1995_or_later_are_not_doubted(
    value: str, is_doubtful: bool, tmp_path: Path
) -> None:
    rows = text("{u},{i},70000000{s}", "user_id,item_id,created_at\n")
    rows += f"3,99,{value}\n".encode()
    found = look(write(tmp_path, "log.csv", rows))
    assert any("before 1995" in note for note in found.notes) == is_doubtful


@pytest.mark.parametrize(
    ("value", "is_doubtful"),
    [("63840528001000000{s}", True), ("161718820900000000{s}", False)],
)
def test_nanoseconds_of_1990_may_be_ticks(
    value: str, is_doubtful: bool, tmp_path: Path
) -> None:
    rows = text(f"{{u}},{{i}},{value}", "user_id,item_id,Time\n")
    found = look(write(tmp_path, "log.csv", rows))
    notes = [note for note in found.notes if "ticks" in note]
    assert bool(notes) == is_doubtful
    for note in notes:
        select = re.search(r"select (.*) \(docs", note)
        assert select is not None
        # 638405280010000000 ticks, as .NET has them, are of 2024-01-11 00:00:01
        query = f"select {select[1]} from (select '638405280010000000' as Time)"
        [(time,)] = duckdb.sql(query).fetchall()
        assert str(time) == "2024-01-11 00:00:01"


def test_times_since_1601_are_read_or_a_select_is_named(tmp_path: Path) -> None:
    rows = text("{u},{i},1326204505300000{s}", "user_id,item_id,time\n")
    found = look(write(tmp_path, "log.csv", rows))
    columns = {"created_at": "time", **NO_MEASURES}
    assert found.settings == {
        "columns": columns,
        "time_format": "us",
        "time_origin": "1601-01-01",
    }
    assert str(found.reading.first) == "2021-04-04 21:24:13"
    rows = text("{u},{i},13262045053000000{s}", "user_id,item_id,time\n")
    with pytest.raises(UserError, match="100 ns since 1601") as error:
        look(write(tmp_path, "log.csv", rows))
    select = re.search(r"select (.*) \(docs", str(error.value))
    assert select is not None
    query = f"select {select[1]} from (select '132620450530000000' as time)"
    [(time,)] = duckdb.sql(query).fetchall()
    assert str(time) == "2021-04-04 21:24:13"


def test_user_and_item_guessed_by_place_are_offered_both_ways(tmp_path: Path) -> None:
    found = look(write(tmp_path, "log.csv", text("{u},x{i},16000{u}000{s}")))
    assert found.settings["columns"]["user_id"] == 1
    assert found.settings["item_id_type"] == "varchar"
    [(why, settings)] = found.others
    assert why == "user and item are the other way round"
    assert settings["columns"]["user_id"] == 2
    assert settings["user_id_type"] == "varchar"
    assert "item_id_type" not in settings


def test_other_columns_of_ids_are_offered_if_the_item_is_a_guess(
    tmp_path: Path,
) -> None:
    """A country is one of each user; an order is of one user."""
    rows = text(
        "{u},2021-03-1{s},L{u},9{u}{s},a{i},Song {i}",
        "user,time,land,order_no,traid,traname\n",
    )
    found = look(write(tmp_path, "plays.csv", rows))
    assert found.guess.columns["item_id"] == "traid"
    assert "item_id is a guess: column traid" in found.notes
    assert [why for why, _ in found.others] == ["item_id is traname (7 different)"]
    change = {"item_id": "traname"}
    columns = found.settings["columns"] | change
    assert found.others[0][1] == found.settings | {"columns": columns}


def test_a_column_of_few_values_is_hardly_the_user(tmp_path: Path) -> None:
    """Ratings from 1 to 5 come first; 12 users have rated 10 of 15 items each."""
    rows = "".join(
        f"{1 + (user + step) % 5}\t{978300760 + step}\t{700 + (user + step) % 15}"
        f"\t{40 + user}\n"
        for user in range(12)
        for step in range(10)
    )
    found = look(write(tmp_path, "ratings.tsv", rows))
    expected = {"user_id": 3, "item_id": 4, "created_at": 2, "rating": 1}
    assert found.settings["columns"] == expected | {"watch_percentage": None}
    [(why, settings)] = found.others
    assert why == "user and item are the other way round"
    assert settings["columns"] == found.settings["columns"] | {
        "user_id": 4,
        "item_id": 3,
    }


def test_no_reading_without_pairs_is_offered(tmp_path: Path) -> None:
    """The other way round, each user has all items at the same time."""
    found = look(write(tmp_path, "log.csv", text("{u},x{i},160000000{s}")))
    assert found.settings["columns"]["user_id"] == 1
    assert found.others == []


def test_what_is_written_for_a_missing_value_is_seen(tmp_path: Path) -> None:
    rows = text("{u},{i},160000000{s}", "user_id,item_id,created_at\n")
    found = look(write(tmp_path, "log.csv", rows + b"\\N,11,1600000000\n"))
    assert found.settings["csv"] == {"null_values": ["\\N"]}
    assert found.reading.unread == [("missing user_id", 1, [])]
    # 1 of 22 rows is more than 1 %: five or six in a hundred are let pass
    assert found.settings["max_rejected_fraction"] == 0.06


@pytest.mark.parametrize(
    "marker", ["NA", "N/A", "NULL", "None", "\\N", "-", "undefined", " NA", ""]
)
def test_another_column_is_offered_without_its_missing_values(
    marker: str, tmp_path: Path
) -> None:
    """Of 50 rows 29 have a session and no user."""
    rows = text("{u}0;{u};{i};160000000{s}", "session_id;user_id;item_id;ts\n")
    others = "".join(f"{90 + row};{marker};11;1600000000\n" for row in range(29))
    found = look(write(tmp_path, "log.csv", rows + others.encode()))
    assert found.guess.columns["user_id"] == "session_id"
    assert "null_values" not in found.settings["csv"]
    [(why, settings)] = found.others
    taken = f"; {marker} taken for a missing value" if marker else ""
    assert why == (
        f"user_id is user_id (3 different{taken}), and 29 of 50 rows are left out"
    )
    assert settings == {
        "csv": {"delimiter": ";"} | ({"null_values": [marker]} if marker else {}),
        "columns": {"created_at": "ts", **NO_MEASURES},
        # 58 %, and at least one in a hundred more
        "max_rejected_fraction": 0.59,
    }


def test_another_column_with_one_item_or_few_is_not_offered(tmp_path: Path) -> None:
    header = "user_id,item_id,course_id,video_id,module_id,created_at\n"
    rows = text("{u},{i},1,,m{s},160000000{s}", header)
    few = "".join(f"3,{row},1,v{row},m{row},160000001{row}\n" for row in range(2))
    found = look(write(tmp_path, "log.csv", rows + few.encode()))
    assert [why for why, _ in found.others] == ["item_id is module_id (7 different)"]


# how the users 3, 4 and 5 are written every other time, and in what those differ
SPELLED = {
    "decimals": ("{u}", "{u}.0", "decimals of 0"),
    "commas": ("{u}000", '"{u},000"', "commas of thousands"),
    "blanks": ("U{u}", "U{u} ", "blanks around them"),
    "zeros": ("{u}.", "0{u}", "decimals of 0 or leading zeros"),
    "commas and decimals": (
        "{u}000",
        '"{u},000.00"',
        "commas of thousands or decimals of 0",
    ),
}


@pytest.mark.parametrize("form", SPELLED)
def test_ids_that_differ_only_in_how_they_are_written_are_counted(
    form: str, tmp_path: Path
) -> None:
    one, other, what = SPELLED[form]
    rows = "".join(
        f"{(one, other)[step % 2].format(u=user)},c{item},160000000{step}\n"
        for user, item, step in STEPS
    )
    path = write(tmp_path, "log.csv", f"user_id,item_id,created_at\n{rows}")
    found = look(path)
    assert (found.reading.n_users, found.settings["user_id_type"]) == (6, "varchar")
    [note] = [note for note in found.notes if "differ" in note]
    assert note.startswith("user_id is text, and 3 of its ids differ from another only")
    assert f" only in {what}, as '" in note
    select = re.search(r"select (.*) \(docs", note)
    assert select is not None
    query = f"select distinct {select[1]} from read_csv('{path}', all_varchar = true)"
    assert len(duckdb.sql(query).fetchall()) == 3


def test_numbers_with_decimals_of_0_are_text_and_a_select_is_named(
    tmp_path: Path,
) -> None:
    rows = text("{u}.0,{i},160000000{s}", "user_id,item_id,created_at\n")
    path = write(tmp_path, "log.csv", rows)
    found = look(path)
    assert found.settings["user_id_type"] == "varchar"
    [note] = found.notes
    select = re.fullmatch(
        r"user_id is text, as in '3.0': to have whole numbers, select (.*) \(docs.*",
        note,
    )
    assert select is not None
    query = f"select distinct {select[1]} from read_csv('{path}', all_varchar = true)"
    assert {*duckdb.sql(query).fetchall()} == {(3,), (4,), (5,)}


def test_a_name_that_ends_as_a_user_s_is_one(tmp_path: Path) -> None:
    # as in Stack Exchange's posts
    header = "Id,ParentId,OwnerUserId,CreationDate\n"
    rows = text("{s}{u}{i},{i},{u},2021-03-1{s}T10:00:00.000", header)
    found = look(write(tmp_path, "log.csv", rows))
    assert found.settings["columns"] | {"item_id": "ParentId"} == {
        "user_id": "OwnerUserId",
        "item_id": "ParentId",
        "created_at": "CreationDate",
        **NO_MEASURES,
    }


def test_of_ids_with_leading_zeros_the_setting_that_makes_them_one_is_named(
    tmp_path: Path,
) -> None:
    rows = text("{u},{i},160000000{s}", "user_id,item_id,created_at\n")
    rows += text("00{u},{i},160000001{s}")
    found = look(write(tmp_path, "log.csv", rows))
    [note] = found.notes
    assert note == (
        "user_id has leading zeros, as in 003, and is kept as text; as numbers 3 of "
        "them would be another's: if they are, set user_id_type: bigint"
    )


def test_a_text_among_ids_that_are_whole_numbers_is_pointed_out(tmp_path: Path) -> None:
    def notes(*texts: str) -> list[str]:
        users = [*map(str, range(9)), *texts]
        rows = (f"{user},{at % 3},16000{at:02}000" for at, user in enumerate(users))
        log = "\n".join(["user_id,item_id,created_at", *rows, ""])
        found = look(write(tmp_path, "log.csv", log.encode()))
        assert found.guess.settings["user_id_type"] == "varchar"
        return [note for note in found.notes if note.startswith("user_id is kept")]

    assert notes("x9") == [
        "user_id is kept as text: of 10 ids 1 is not a whole number, such as 'x9'; if "
        "that is a mistake, set user_id_type: bigint, which rejects the rows"
    ]
    # more than a tenth
    assert notes("x8", "x9") == []


def test_a_date_in_three_columns_needs_a_select(tmp_path: Path) -> None:
    path = write(
        tmp_path, "log.csv", text("{u},{i},2021,3,1{s}", "user,item,Year,month,day\n")
    )
    [note] = [note for note in look(path).notes if "part of a date" in note]
    assert note.startswith("created_at is day, a part of a date: select make_date(")
    select = re.search(r"select (.*) \(docs", note)
    assert select is not None
    query = f"select {select[1]} from read_csv('{path}', all_varchar = true)"
    [(first,), *_] = duckdb.sql(query).fetchall()
    assert str(first) == "2021-03-10"
    rows = text("{u},{i},2021,1{s}", "user,item,year,day\n")
    found = look(write(tmp_path, "days.csv", rows))
    assert not any("part of a date" in note for note in found.notes)


@pytest.mark.parametrize("user", ["{u}a", "U {u}", "{u},0", " U{u}"])
def test_ids_all_written_alike_have_no_note(user: str, tmp_path: Path) -> None:
    rows = text(f'"{user}",{{i}},160000000{{s}}', "user_id,item_id,created_at\n")
    assert look(write(tmp_path, "log.csv", rows)).notes == []


def test_the_user_may_be_in_the_files_names(tmp_path: Path) -> None:
    for user in (3, 4, 5):
        rows = "".join(f"160000000{step}000,q{step},b\n" for step in range(7))
        write(tmp_path / "log", f"u{user}.csv", f"timestamp,question_id,answer\n{rows}")
    found = look(str(tmp_path / "log"))
    assert found.sample.given == f"{tmp_path}/log/*.csv"
    assert found.settings["columns"]["user_id"] == "filename"
    assert found.reading.n_with(5) == (3, 3)


KDD = text(
    "{u},2014-06-1{s}T04:32:13,access,o{i}x", "enrollment_id,time,event,object\n"
)


def test_an_enrolment_is_not_a_learner(tmp_path: Path) -> None:
    found = look(write(tmp_path, "log.csv", KDD))
    assert found.guess.columns["user_id"] == "enrollment_id"
    [note] = found.notes
    assert note == (
        "user_id is enrollment_id, an enrolment: a learner may have several, and can "
        "then be in train and in test; if another file says whose it is, join the two "
        '(docs/bring-your-own-data.md, "Anything else: your own SQL")'
    )


def test_the_file_that_says_whose_an_enrolment_is_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "log.csv", KDD)
    write(tmp_path, "courses.csv", "course_id,user_id\n1,7\n")
    write(tmp_path, "whose.csv", "enrollment_id,username,course_id\n3,ana,1\n")
    [note] = look(path).notes
    assert "; whose.csv next to it has enrollment_id and username: join" in note


def test_a_session_next_to_a_learner_is_named_as_one(tmp_path: Path) -> None:
    rows = text("{u}0,{u},{i},160000000{s}", "session,user_id,item_id,created_at\n")
    found = look(write(tmp_path, "log.csv", rows))
    assert found.guess.columns["user_id"] == "user_id"
    assert not any("a learner may have several" in note for note in found.notes)
    [(why, _)] = found.others
    assert why == (
        "user_id is session (3 different), of which a learner may have several"
    )


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("enrollment_id", "an enrolment"),
        ("Enrolment ID", "an enrolment"),
        ("sessionId", "a session"),
        ("context.session", "a session"),
        ("registration_id", "a registration"),
        ("visit_id", "a visit"),
        ("visitor_id", ""),
        ("user_id", ""),
        ("id_student", ""),
    ],
)
def test_names_of_what_a_learner_may_have_several_of(name: str, what: str) -> None:
    assert one_of_several(name) == what


def test_of_a_folder_the_file_with_events_is_chosen(tmp_path: Path) -> None:
    write(tmp_path / "ml", "movies.csv", "movieId,title\n11,Up\n")
    rows = text("{u},{i},97830076{s}", "userId,movieId,timestamp\n")
    write(tmp_path / "ml", "ratings.csv", rows)
    found = look(str(tmp_path / "ml"))
    assert found.sample.given == f"{tmp_path}/ml/ratings.csv"
    assert any("left out movies.csv" in note for note in found.notes)
    # another with its header is not read either
    write(tmp_path / "ml", "ratings2.csv", "userId,movieId,timestamp\n1,11,978300760\n")
    (note, alike, *_) = look(str(tmp_path / "ml")).notes
    assert "looked at ratings.csv and left out movies.csv, ratings2.csv" in note
    assert alike == (
        "of these, ratings2.csv begins as ratings.csv does: to read them together, put "
        "them in a folder of their own"
    )


def test_of_a_folder_a_file_that_cannot_be_events_is_passed_over(
    tmp_path: Path,
) -> None:
    # its header has more words of events than that of the log
    write(tmp_path, "enrolments.csv", "enrollment_id,username,course_id\n3,ana,1\n")
    write(tmp_path, "log.csv", KDD)
    found = look(str(tmp_path))
    assert found.sample.given == f"{tmp_path}/log.csv"
    assert found.reading.n_read == 21
    assert any("left out enrolments.csv" in note for note in found.notes)


def test_a_folder_of_files_that_cannot_be_events_names_them(tmp_path: Path) -> None:
    write(tmp_path, "people.csv", "username,course_id\nana,1\n")
    write(tmp_path, "titles.csv", "course_id,title\n1,Up\n")
    for day in (1, 2):
        write(tmp_path, f"{day}.log", log_of(3))
    with pytest.raises(UserError) as error:
        look(str(tmp_path))
    assert str(error.value) == (
        f"{tmp_path}/people.csv: no column holds times, among username, course_id; "
        "every event needs one: if its rows are in order, number them as seconds, "
        r"""awk '{ sub(/\r$/, "") } NR == 1 { print $0 ",created_at"; next } """
        r"""{ print $0 "," 1000000000 + NR }' """
        f"{tmp_path}/people.csv > {tmp_path}/timed_people.csv, and inspect that; "
        f"the folder also has 2 files that end in .log: give '{tmp_path}/*.log'"
    )


ENDINGS = ".csv, .tsv, .txt, .dat, .inter, .jsonl, .ndjson, .parquet"


@pytest.mark.parametrize(
    ("names", "what"),
    [
        (
            ["a.log.gz", "b.log.gz", "c.bak", "README"],
            "it has 2 files that end in .log.gz: give '{folder}/*.log.gz'",
        ),
        (
            ["1/a.log", "2/a.log"],
            "it has 2 files that end in .log: give '{folder}/**/*.log'",
        ),
        (["1/a.log", "1/b.log"], "it has 2 files that end in .log: give '{folder}/1/*"),
        (["events", "README"], "it has README, events; name one that has events"),
        (["log.01"], "it has log.01; name one that has events"),
        (list("abcdefg"), "it has a, b, c, d, e and 2 more; name one that has events"),
        ([], "name the file that has the events"),
    ],
)
def test_a_folder_without_known_endings_says_what_to_give(
    names: list[str], what: str, tmp_path: Path
) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    for name in names:
        write(folder, name, "x")
    with pytest.raises(UserError) as error:
        look(str(folder))
    start = f"{folder}: a folder without {ENDINGS}; {what.format(folder=folder)}"
    assert str(error.value).startswith(start)


MILLISECONDS = {
    # a date, and a number under a name of time
    "timeframe": ("9457{s}", "2016-05-1{s}", True),
    "elapsed_ms": ("9457{s}", "1{s}.05.2016", True),
    # a time of day of its own, a number under another name, a text
    "timeOfDay": ("10:0{s}", "2016-05-1{s}", False),
    "items": ("9457{s}", "2016-05-1{s}", False),
    "timezone": ("UTC", "2016-05-1{s}", False),
    # the date has its time of day
    "time_spent": ("9457{s}", "2016-05-1{s} 10:00:00", False),
}


@pytest.mark.parametrize("name", MILLISECONDS)
def test_a_date_and_milliseconds_need_a_select(name: str, tmp_path: Path) -> None:
    value, date, is_named = MILLISECONDS[name]
    rows = text(f"{{u}};{{i}};{value};{date}", f"user_id;item_id;{name};eventdate\n")
    found = look(write(tmp_path, "views.csv", rows))
    note = (
        f"eventdate has no time of day; if {name} adds it, as the milliseconds since a "
        "session began do, no setting adds the two: a SELECT of your own does "
        '(docs/bring-your-own-data.md, "Anything else: your own SQL")'
    )
    assert (note in found.notes) == is_named
    assert any("no setting adds" in one for one in found.notes) == is_named


# a column, its values for item 11 and 12, and how they are made a number
NO_NUMBERS = {
    "a comma": ("rating", "4,5", "4", "4.5"),
    "per cent": ("watch_percentage", "94%", "7.5 %", "94"),
}


@pytest.mark.parametrize("form", NO_NUMBERS)
def test_a_measure_that_is_not_a_number_is_left_out_with_a_note(
    form: str, tmp_path: Path
) -> None:
    name, first, second, expected = NO_NUMBERS[form]
    rows = "".join(
        f'{user},{item},160000000{step},"{second if item == 12 else first}"\n'
        for user, item, step in STEPS
    )
    path = write(tmp_path, "log.csv", f"user_id,item_id,created_at,{name}\n{rows}")
    found = look(path)
    assert found.settings["columns"][name] is None
    [note] = found.notes
    assert note.startswith(f"{name} is left out: {name} has '{first}'; to keep it, ")
    select = re.search(r"select (.*) \(docs", note)
    assert select is not None
    query = f"select {select[1]} from read_csv('{path}', all_varchar = true)"
    assert duckdb.sql(query).fetchall()[0] == (expected,)


def test_a_measure_of_words_is_left_out_with_a_note(tmp_path: Path) -> None:
    head = "user_id,item_id,created_at,rating\n"
    found = look(write(tmp_path, "log.csv", text("{u},{i},160000000{s},good", head)))
    [note] = found.notes
    assert note == "rating is left out: rating has 'good'; write numbers to keep it"


@pytest.mark.parametrize(
    ("value", "is_share"), [("0.{s}", True), ("1", True), ("0", False), ("{s}", False)]
)
def test_a_percentage_that_may_be_a_share_is_pointed_out(
    value: str, is_share: bool, tmp_path: Path
) -> None:
    head = "user_id,item_id,created_at,progress\n"
    found = look(
        write(tmp_path, "log.csv", text(f"{{u}},{{i}},160000000{{s}},{value}", head))
    )
    assert found.settings["columns"]["watch_percentage"] == "progress"
    expected = (
        "watch_percentage is progress, and no value is above 1: if these are shares, "
        "not percentages, select 100 * cast(progress as double) "
        '(docs/bring-your-own-data.md, "Anything else: your own SQL")'
    )
    assert found.notes == [expected] * is_share


def test_of_a_tracking_log_the_page_that_selects_events_is_named(
    tmp_path: Path,
) -> None:
    name, content, _ = SETTINGS_SEEN["edX"]
    assert look(write(tmp_path, name, content)).notes == []
    with_kind = content.replace(b'{"username"', b'{"event_type": "x", "username"')
    [note] = look(write(tmp_path, name, with_kind)).notes
    assert note.endswith('docs/bring-your-own-data.md, "Like edX", selects some')


PLAIN = text("{u},{i},160000000{s}", "user_id,item_id,created_at\n")
TURNED = text("{i},160000001{s},{u}", "item_id,created_at,user_id\n")


def globbed(found: Inspection) -> list[str]:
    """The files that the build reads with the command printed."""
    with duckdb.connect() as connection:
        rows = connection.execute("from glob(?)", [found.sample.given]).fetchall()
    return sorted(path for (path,) in rows)


def test_files_in_the_folders_of_a_folder_are_counted(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    top = write(folder, "a.csv", PLAIN)
    for name in ("b.csv", "c.csv", ".d.csv", "notes.txt"):
        write(folder / "more", name, PLAIN)
    found = look(str(folder))
    assert globbed(found) == [top]
    [note] = [note for note in found.notes if "folders below" in note]
    assert "2 more are in folders below, such as more/b.csv" in note
    every = look(shlex.split(note.rpartition(" give ")[2])[0])
    assert every.sample.n_files == 4
    assert any(
        "1 of the 4 files are hidden, as more/.d.csv is" in n for n in every.notes
    )


@pytest.mark.parametrize("folder", ["", "2021/"])
@pytest.mark.parametrize("name", [".a.csv", "._b.csv", ".ipynb_checkpoints/a.csv"])
def test_hidden_files_of_a_folder_are_not_read(
    name: str, folder: str, tmp_path: Path
) -> None:
    place = tmp_path / ".cache" / "log"
    for one in (f"{folder}b.csv", f"{folder}a.csv", f"{folder}{name}"):
        (place / one).parent.mkdir(parents=True, exist_ok=True)
        (place / one).write_bytes(PLAIN)
    found = look(str(place))
    visible = [f"{place}/{folder}{one}.csv" for one in "ab"]
    assert globbed(found) == visible
    assert [str(path) for path in found.sample.files] == visible
    assert not any("hidden" in note for note in found.notes)


def test_hidden_files_that_no_glob_leaves_out_are_named(tmp_path: Path) -> None:
    for name in ("x/a.csv", "x/y/b.csv", "x/.ipynb_checkpoints/a.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(PLAIN)
    found = look(str(tmp_path))
    assert [str(path) for path in found.sample.files] == globbed(found)
    assert found.sample.n_files == 3
    hidden = "1 of the 3 files are hidden, as x/.ipynb_checkpoints/a.csv is"
    assert any(hidden in note for note in found.notes)


def test_files_whose_columns_are_in_another_order_are_read_together(
    tmp_path: Path,
) -> None:
    write(tmp_path, "a.csv", PLAIN)
    write(tmp_path, "b.csv", TURNED)
    more = text("{u},{i},5,160000002{s}", "User_ID,item_id,rating,created_at\n")
    write(tmp_path, "c.csv", more)
    found = look(str(tmp_path))
    assert globbed(found) == [f"{tmp_path}/{name}.csv" for name in "abc"]
    assert found.settings == {"columns": NO_MEASURES}
    assert (found.reading.n_read, found.reading.n_repeats) == (63, 0)
    assert (found.reading.n_users, found.reading.n_items) == (3, 7)
    note = "the files' headers differ, and columns are read by name; not in all of them"
    assert f"{note}, so not read: rating" in found.notes


def test_parquet_files_with_another_column_are_read_together(tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        for name, more in (("a", "created_at"), ("b", "created_at, 5 as rating")):
            connection.execute(
                f"copy (select 'u' as user_id, range as item_id, {more} from (select "
                f"range, 1600000000 + range as created_at from range(10))) to "
                f"'{tmp_path}/{name}.parquet'"
            )
    found = look(str(tmp_path))
    assert globbed(found) == [f"{tmp_path}/{name}.parquet" for name in "ab"]
    assert found.settings == {"columns": NO_MEASURES, "user_id_type": "varchar"}
    assert found.reading.n_read == 20


def test_files_packed_in_another_way_are_named(tmp_path: Path) -> None:
    write(tmp_path, "a.csv", PLAIN)
    write(tmp_path, "b.csv.gz", gzip.compress(PLAIN))
    found = look(str(tmp_path))
    kinds = "of several kinds (.csv, .csv.gz), which are not read together; looked at"
    assert any(kinds in note for note in found.notes)
    assert found.reading.n_read == 21


@pytest.mark.parametrize(
    ("number", "types"),
    [
        (10**17, {}),
        (2**63, {"user_id_type": "varchar"}),
        (2**64 - 2, {"user_id_type": "varchar"}),
    ],
)
def test_unsigned_numbers_beyond_bigint_are_texts(
    number: int, types: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "log.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select ({number} + range % 2)::ubigint as user_id, range as "
            f"item_id, 1600000000 + range as created_at from range(20)) to '{path}'"
        )
    found = look(str(path))
    assert (found.reading.n_read, found.reading.n_users) == (20, 2)
    assert found.settings == {"columns": NO_MEASURES, **types}


def test_a_header_without_a_name_is_a_row_left_out(tmp_path: Path) -> None:
    found = look(write(tmp_path, "log.csv", text("{u},{i},160000000{s}", ",,\n")))
    assert (found.reading.n_rows, found.reading.n_read) == (22, 21)
    assert found.settings["csv"] == {"header": False}
    # 1 of 22 rows, and a percent more
    assert found.settings["max_rejected_fraction"] == 0.06


MISFITS = {
    "columns padded to a width": text(
        "{u}         {i}        160000000{s}", "user_id   item_id   created_at\n"
    ),
    "columns padded to a width, and blanks in times": text(
        " {u}        {i}  2021-03-1{s} 10:00:00\r", " user_id  item_id  created_at\r\n"
    ),
    "a header without the name of the rows' numbers": text(
        '"{s}",{u},{i},160000000{s}', "user_id,item_id,created_at\n"
    ),
    "a title above the header": text(
        "{u};{i};160000000{s}", "sep=;\n\nuser_id;item_id;created_at\n"
    ),
    "a title with as many fields": text(
        "{u},{i},160000000{s}", "Log of 2021,,\nuser_id,item_id,created_at\n"
    ),
    "comments above a header": text(
        "{u},{i},160000000{s}", "# by admin\n# a, b\nuser_id,item_id,created_at\n"
    ),
    "KONECT's comments": text("{u} {i} 1 160000000{s}", "% bip weighted\n% 9 9\n"),
}


@pytest.mark.parametrize("case", MISFITS)
@pytest.mark.parametrize("name", ["log.txt", "Bob's log.csv.gz"])
def test_the_command_for_a_line_1_that_does_not_fit_works_as_printed(
    name: str, case: str, tmp_path: Path
) -> None:
    content = MISFITS[case]
    packed = gzip.compress(content) if name.endswith(".gz") else content
    with pytest.raises(UserError) as error:
        look(write(tmp_path, name, packed))
    assert "set csv" not in str(error.value)
    command = re.search(
        r"(?:: |; )((?:gzip|awk|sed) .*), and inspect", str(error.value)
    )
    assert command is not None
    before = {*tmp_path.iterdir()}
    subprocess.run(command[1], shell=True, check=True)
    [new] = {*tmp_path.iterdir()} - before
    found = look(str(new))
    assert (found.reading.n_read, found.reading.n_tied) == (len(STEPS), 0)
    assert (found.reading.n_users, found.reading.n_items) == (3, 7)


def test_rows_in_two_files_are_counted(tmp_path: Path) -> None:
    rows = text("{u},{i},160000000{s}", "user_id,item_id,created_at\n")
    for name in ("jan.csv", "jan_copy.csv"):
        write(tmp_path / "dup", name, rows)
    found = look(str(tmp_path / "dup"))
    assert found.reading.n_repeats == 21
    assert "21 rows of jan_copy.csv are in another file as well" in found.notes


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("empty.csv", b"", "empty"),
        ("blank.csv", b"\n \n", "empty"),
        ("header.csv", b"user_id,item_id,created_at\n", "a header and no rows"),
        ("column.csv", b"user_id\n1\n2\n", "one column, beginning with 'user_id'"),
        ("binary.csv", bytes(range(256)) * 20, "a binary file"),
        ("log.zip", b"PK\x03\x04....", "a zip archive"),
        ("log.csv", b"\x1f\x8b\x08....", "rename it to log.csv.gz"),
        ("log.csv", "user_id,a\n".encode("utf-16"), "UTF-16 text"),
        ("log.csv", b"user_id,item_id\nJos\xe9,2\n", "line 2: not UTF-8"),
        ("log.parquet", b"user_id,item_id\n", "not a Parquet file"),
        ("log.jsonl", b'{"user_id": 1}\nuser\n', "line 2: not a JSON object"),
        ("log.csv", b'[{"user_id": 1}]', "a JSON list; write an object a line"),
        ("log.csv", b"a,b\n1,2\n", "no column holds times, among a, b"),
        (
            "log.jsonl",
            b'{"user": 1, "item": 2}',
            "; if its rows are in order, number them by a select (docs/bring-your-own",
        ),
        ("log.csv", b"user_id,created_at\n1,soon\n", '; created_at is "soon", which'),
        (
            "log.csv",
            b"u,i,time\n1,2,2021.03.04\n1,3,05/06/2021\n1,4,4th of May\n1,5,never\n",
            '; time is "05/06/2021", "2021.03.04", "4th of May", which no one',
        ),
        ("log.csv", b"user_id,item_id,time\n1,2,\n", "; time is empty"),
        (
            "log.csv",
            b"user_id,item_id,time\n,2,2021-01-01\n,3,2021-01-02\n",
            "no row has a user, an item and a time (missing user_id)",
        ),
        ("log.jsonl", b'[\n{"user_id": 1}\n]', "a JSON list; write an object a line"),
        (
            "log.jsonl",
            b'{"user_id": 1, "time": "2021-01-01", "items": [3]}',
            "items hold lists or objects: unnest them by a select of your own",
        ),
        (
            "log.csv",
            b"user_id,item_id,time\n" + b"x" * (9 << 20),
            "line 2: no end of the line in the first 8192 KiB",
        ),
        ("log.csv", b"x" * (9 << 20), "no end of a line in its first 8192 KiB"),
        ("log.csv", "user_id,a\n".encode("utf-16-le"), "iconv -f UTF-16LE -t UTF-8 "),
        ("log.csv", "user_id,a\n".encode("utf-16-be"), "iconv -f UTF-16BE -t UTF-8 "),
        ("log.parquet", b"PAR1" + bytes(200), "a Parquet file without its end"),
        (
            "pairs.txt",
            b"1 7\n1 8\n",
            "if its rows are in order, number them as seconds",
        ),
    ],
)
def test_what_cannot_be_used_ends_in_one_line(
    name: str, content: bytes, why: str, tmp_path: Path
) -> None:
    path = write(tmp_path, name, content)
    with pytest.raises(UserError) as error:
        look(path)
    assert str(error.value).startswith(path)
    assert why in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("code", ["utf-16", "utf-16-le", "utf-16-be", "latin-1"])
@pytest.mark.parametrize("name", ["log.csv", "Zoë's log.csv", "log.csv.gz"])
def test_the_command_that_converts_a_file_works_as_printed(
    name: str, code: str, tmp_path: Path
) -> None:
    rows = text("{u},{i},160000000{s}", "user_id,item_id,created_at\n").decode()
    content = f"{rows}9,Zoë,1600000000\n".encode(code)
    is_packed = name.endswith(".gz")
    path = write(tmp_path, name, gzip.compress(content) if is_packed else content)
    with pytest.raises(UserError) as error:
        look(path)
    command = re.search(r"(gzip -dc .* )?iconv -f .*", str(error.value))
    assert command is not None
    subprocess.run(command[0], shell=True, check=True)
    found = look(str(tmp_path / f"utf8_{name.removesuffix('.gz')}"))
    assert found.reading.n_rows == len(STEPS) + 1
    assert "Zoë" in Path(found.sample.given).read_text(encoding="utf-8")


@pytest.mark.parametrize("has_header", [False, True])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("name", ["pairs.txt", "Bob's pairs.csv", "pairs.tsv.gz"])
def test_the_command_that_numbers_rows_works_as_printed(
    name: str, end: str, has_header: bool, tmp_path: Path
) -> None:
    mark = "\t" if ".tsv" in name else " "
    rows = [("user_id", "item_id", 0)] * has_header + STEPS
    content = "".join(f"{user}{mark}{item}{end}" for user, item, _ in rows).encode()
    packed = gzip.compress(content) if name.endswith(".gz") else content
    with pytest.raises(UserError) as error:
        look(write(tmp_path, name, packed))
    command = re.search("seconds, (.*), and inspect that", str(error.value))
    assert command is not None
    subprocess.run(command[1], shell=True, check=True)
    found = look(str(tmp_path / f"timed_{name.removesuffix('.gz')}"))
    assert (found.reading.n_read, found.reading.n_tied) == (len(STEPS), 0)
    assert found.guess.columns["created_at"] == ("created_at" if has_header else 3)
    # six pairs each of three users
    assert found.reading.of_users == [(7, 6)] * 3


def test_the_command_that_splits_a_json_list_names_both_files(tmp_path: Path) -> None:
    path = write(tmp_path, "a log.json", '[{"user_id": 1}]')
    with pytest.raises(UserError) as error:
        look(path)
    assert str(error.value).endswith(
        f"jq -c '.[]' '{path}' > '{tmp_path}/lines_a log.jsonl'"
    )


def test_a_packed_file_of_another_ending_is_linked_as_what_it_is(
    tmp_path: Path,
) -> None:
    rows = text("{u},{i},160000000{s}", "user_id,item_id,created_at\n")
    path = write(tmp_path, "events.gz", gzip.compress(rows))
    found = look(path)
    assert found.raw_events == "data/raw/events.csv.gz"
    assert f"ln -sf {path} data/raw/events.csv.gz && " in found.command()
    assert any("makes links that end in .csv.gz" in note for note in found.notes)


def log_of(user: int) -> str:
    """The steps of a user as JSON lines, under names of ours."""
    return "".join(
        json.dumps(
            {"user_id": one, "item_id": item, "created_at": 1_600_000_000 + step}
        )
        + "\n"
        for one, item, step in STEPS
        if one == user
    )


@pytest.mark.parametrize("shell", ["sh", "bash"])
@pytest.mark.parametrize(
    ("names", "given"),
    [
        (["day 1.log", "day 2.log", "day 3.log"], "day*.log"),
        (["day1.log.gz", "day2.log.gz", "day3.log.gz"], "day[1-3].log.gz"),
        (["log.2021-01-01", "log.2021-01-02", "log.2021-01-03"], "log.*"),
        (["one", "two", "three"], "*"),
        (["a/log.json", "b/log.json", "b/c/log.json"], "**/*.json"),
        (["a/log.json", "b/log.json", "c/log.json"], "*/log.json"),
    ],
)
def test_files_of_another_ending_are_linked_as_printed(
    names: list[str], given: str, shell: str, tmp_path: Path
) -> None:
    folder = tmp_path / "Bob's $5 {logs}"
    for name, user in zip(names, (3, 4, 5), strict=True):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        content = log_of(user).encode()
        path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    found = look(f"{folder}/{given}")
    assert (found.reading.n_read, found.reading.n_users) == (21, 3)
    assert found.command().startswith(found.link)
    place = tmp_path / "project"
    place.mkdir()
    # a second time it makes the same links, and no others are left
    for stray in ("stray.jsonl", "stray.jsonl.gz"):
        links = place / Path(found.raw_events).parent
        links.mkdir(parents=True, exist_ok=True)
        (links / stray).symlink_to(tmp_path)
        command = [shell, "-c", f"{found.link}true"]
        done = subprocess.run(command, cwd=place, capture_output=True, check=True)
        assert (done.stdout, done.stderr) == (b"", b"")
    linked = look(f"{place}/{found.raw_events}")
    assert linked.link == ""
    assert (linked.sample.n_files, linked.reading.n_read) == (3, 21)
    assert linked.settings == found.settings


def test_a_glob_without_an_ending_gets_that_of_its_files(tmp_path: Path) -> None:
    for user in (3, 4, 5):
        write(tmp_path, f"log{user}.jsonl", log_of(user))
    found = look(f"{tmp_path}/log*")
    assert found.raw_events == f"{tmp_path}/log*.jsonl"
    assert found.link == ""


def test_a_glob_over_several_endings_names_one(tmp_path: Path) -> None:
    for name in ("1.log", "2.log", "3.csv"):
        write(tmp_path, name, "user_id,item_id,created_at\n")
    with pytest.raises(UserError) as error:
        look(f"{tmp_path}/*")
    assert str(error.value) == (
        f"{tmp_path}/*: files of several endings (2 .log, 1 .csv), which are not read "
        f"together; give those of one, such as '{tmp_path}/*.log'"
    )


def test_a_glob_that_a_shell_does_not_have_ends_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    write(tmp_path / "a" / "b", "log.json", log_of(3))
    with pytest.raises(UserError, match="or a glob without"):
        look(f"{tmp_path}/**/b/*.json")


def test_a_zip_that_is_one_ends_in_one_line(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "log.csv", "w") as archive:
        archive.writestr("log.csv", "user_id,item_id,created_at\n")
    with pytest.raises(UserError, match="a zip archive"):
        look(str(tmp_path / "log.csv"))


def test_of_a_large_file_a_sample_is_read(tmp_path: Path) -> None:
    rows = [
        f"{number // 10},{number % 10},{1_600_000_000 + number}\n"
        for number in range(1_000_000)
    ]
    path = write(tmp_path, "log.csv", "user_id,item_id,created_at\n" + "".join(rows))
    found = look(path)
    assert Path(path).stat().st_size > 15_000_000
    assert not found.sample.is_whole
    # 8 MiB of rows of 17 to 20 characters
    assert 400_000 < found.reading.n_rows < 500_000
    assert "a sample, about" in lines(found)[0]


def test_one_row_is_no_header(tmp_path: Path) -> None:
    found = look(write(tmp_path, "log.csv", "1,2,2021-01-01\n"))
    assert found.reading.n_rows == 1
    assert "no user has two items at two times" in " ".join(found.notes)


NOTHING_TO_BUILD = {
    "a row": b"7,1,1700000000\n",
    "a header and a row": b"user_id,item_id,created_at\n7,1,1700000000\n",
    "rows at one time": b"user_id,item_id,created_at\n7,1,2020-01-01\n7,2,2020-01-01\n",
    "one item": b"user_id,item_id,created_at\n7,1,2020-01-01\n7,1,2020-01-02\n",
}


@pytest.mark.parametrize("name", NOTHING_TO_BUILD)
def test_no_command_is_printed_if_there_is_nothing_to_build(
    name: str, tmp_path: Path
) -> None:
    found = look(write(tmp_path, "log.csv", NOTHING_TO_BUILD[name]))
    assert found.notes[-1].endswith("there is no pair, and nothing to build")
    printed = "\n".join(lines(found))
    assert "make run" not in printed
    assert "<<: *defaults" not in printed
    assert "episode_k" not in printed
    known = facts(found)
    assert (known["command"], known["preset"], known["others"]) == (None, None, [])


def test_the_other_reading_is_printed_if_only_that_has_pairs(
    workspace: Workspace,
) -> None:
    """Each user has one item: it may be that each item has one user."""
    rows = b"7,a,1700000000\n8,a,1700000100\n9,a,1700000200\n"
    found = look(write(workspace.root, "log.csv", rows))
    ((why, settings),) = found.others
    assert why == "user and item are the other way round"
    # two pairs: an episode of one and one
    assert (settings["episode_k"], settings["episode_q"]) == (1, 1)
    assert lines(found)[-1] == found.command(settings)
    assert lines(found)[-1].startswith("make run ")
    assert facts(found)["command"] is None


def test_one_pair_is_built_and_has_no_episode(tmp_path: Path) -> None:
    rows = b"user_id,item_id,created_at\n7,1,2020-01-01\n7,2,2020-01-02\n"
    found = look(write(tmp_path, "log.csv", rows))
    assert any(note.endswith("pairs, but no episode") for note in found.notes)
    assert found.command() in lines(found)


def test_times_of_a_second_form_are_pointed_out(tmp_path: Path) -> None:
    rows = [
        f"{user},{step},{time}\n"
        for user in (7, 8)
        for step in range(1, 8)
        for time in (f"2021-08-0{step} 10:00", f"{20 + step}/08/2021 10:00")
    ]
    content = "user_id,item_id,created_at\n" + "".join(rows)
    found = look(write(tmp_path, "log.csv", content.encode()))
    assert found.settings["max_rejected_fraction"] >= 0.5
    assert (
        '14 rows that cannot be read have times of another form, such as "21/08/2021 '
        '10:00", which time_format: "%d/%m/%Y %H:%M" reads; a build reads one form: '
        "write all times alike"
    ) in found.notes


def test_a_value_is_written_so_that_make_and_the_shell_keep_it() -> None:
    value = {"a": "it's $HOME", "b": "\\N", "c": [1, None, "null", "#"], "d": "x"}
    written = flow(value)
    assert yaml.safe_load(written) == value
    assert "'" not in written
    assert "$" not in written


def test_the_preset_holds_the_settings_proposed(tmp_path: Path) -> None:
    name, content, expected = SETTINGS_SEEN["quotes of one stroke"]
    found = look(write(tmp_path, name, content))
    preset = found.preset().replace("<<: *defaults", "defaults: true")
    assert yaml.safe_load(preset) == {
        "single": {
            "defaults": True,
            "raw_events": str(tmp_path / "single.csv"),
            **expected,
        }
    }


def test_the_preset_pasted_where_inspect_says_has_the_defaults(tmp_path: Path) -> None:
    name, content, _ = SETTINGS_SEEN["quotes of one stroke"]
    found = look(write(tmp_path, name, content))
    assert "paste this at the end of the block presets:" in "\n".join(lines(found))
    project = (PROJECT / "dbt_project.yml").read_text()
    start, block = project.split("\n  presets:\n")
    # the block ends before the next line that is indented as presets: is
    end = re.search(r"^ {0,2}\S", block, re.MULTILINE)
    assert end is not None
    cut = end.start()
    pasted = f"{start}\n  presets:\n{block[:cut]}{found.preset()}\n{block[cut:]}"
    preset = yaml.safe_load(pasted)["vars"]["presets"]["single"]
    assert preset["csv"] == {"quote": "'", "escape": "'"}
    # a setting that only the defaults have
    assert preset["split_method"] == "exact"


def run(
    workspace: Workspace, *command: str, folder: Path = PROJECT
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env=workspace.environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_command_prints_for_people_and_for_programs(workspace: Workspace) -> None:
    name, content, _ = SETTINGS_SEEN["MovieLens with commas"]
    path = write(workspace.root, name, content)
    command = [sys.executable, str(PROJECT / "scripts" / "inspect.py"), name]
    # from the file's own folder, which has a module of a library's name too
    write(workspace.root, "random.py", "raise SystemExit(1)")
    done = run(workspace, *command, folder=workspace.root)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"make run DATASET=ratings RAW_EVENTS={path} VARS='" in done.stdout
    done = run(workspace, *command, "--json", folder=workspace.root)
    printed = json.loads(done.stdout)
    assert printed == json.loads(json.dumps(facts(look(path)), default=str))
    assert printed["n_users_with_episode"] == 3
    assert printed["first_rows"][0] == ["3", "11", "0.5", "978300760"]


def test_a_missing_file_is_reported(workspace: Workspace) -> None:
    command = [sys.executable, "scripts/inspect.py", "--json", "nowhere.csv"]
    done = run(workspace, *command)
    assert done.returncode == 1
    why = "nowhere.csv: no such file; give a file, a folder or a glob"
    assert done.stderr == f"inspect: {why}\n"
    assert json.loads(done.stdout) == {"error": why}


@pytest.mark.parametrize(
    ("given", "dataset"),
    [("relation:my_events", "my_events"), ("relation:lms.events", "lms_events")],
)
def test_of_a_relation_the_line_says_how_to_build_it(
    given: str, dataset: str, workspace: Workspace
) -> None:
    with pytest.raises(UserError) as error:
        look(given)
    message = str(error.value)
    assert message.startswith(f"{given}: inspect reads files only; build it with ")
    assert "\n" not in message
    [command] = re.findall(r"make run (.*?}}')", message)
    words = dict(word.split("=", 1) for word in shlex.split(command))
    assert (words["DATASET"], words["RAW_EVENTS"]) == (dataset, given)
    if given == "relation:lms.events":
        steps = "\n".join(f"({u}, {i}, {s})," for u, i, s in STEPS).rstrip(",")
        with duckdb.connect(str(workspace.database)) as database:
            database.execute(
                "create schema lms; create table lms.events as select u as user_id,"
                " i as item_id, timestamp '2021-03-10' + to_days(s) as created_at"
                f" from (values {steps}) as steps (u, i, s)"
            )
        settings = yaml.safe_load(words["VARS"])
        workspace.build("run", "--select", "+episodes", raw_events=given, **settings)
        with duckdb.connect(str(workspace.database), read_only=True) as database:
            query = "select count(*) from sample.episodes"
            assert database.execute(query).fetchone() == (3,)


def test_no_script_takes_another_for_a_library_s_module(workspace: Workspace) -> None:
    code = "import _src, inspect; print(inspect.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"PYTHONPATH": str(PROJECT / "scripts")},
        cwd=workspace.root,
        capture_output=True,
        text=True,
        check=True,
    )
    assert Path(done.stdout.strip()).parent == Path(os.__file__).parent


def test_a_macro_hands_back_what_it_returns() -> None:
    templates = Templates(["rules"], {})
    assert templates.macros["splits"]() == ["train", "val", "test"]
    assert templates.render("{{ splits() | last }}") == "test"


def test_inspect_knows_each_marker_of_a_missing_id_that_a_build_names() -> None:
    """Inspect knows more: it looks at a sample only, and prints what it proposes."""
    sql = Templates(["input", "engine"], {}).render('{{ is_like_null("id") }}')
    known = re.findall(r"'(.*?)'", sql)
    assert {"na", "null", r"\n"} < {*known}
    assert {*known} <= {marker.lower() for marker in NULLS}


def build(found: Inspection, workspace: Workspace) -> dict[str, Any]:
    """Run the printed settings as the printed command does; what run.py reports."""
    words = shlex.split(found.command())
    given = dict(word.split("=", 1) for word in words if re.match(r"[A-Z_]+=", word))
    done = run(
        workspace,
        *(sys.executable, "scripts/run.py", "--json"),
        f"--dataset={given['DATASET']}",
        f"--raw-events={given['RAW_EVENTS']}",
        f"--vars={given['VARS']}",
        *workspace.export_command()[2:],
    )
    assert done.returncode == 0, done.stderr
    printed: dict[str, Any] = json.loads(done.stdout)
    return printed


def counted(settings: reference.Settings) -> dict[str, int]:
    """The reference's counts of the three users' steps, ids as numbers."""
    rows: list[reference.Row] = [
        {"user_id": str(u), "item_id": str(i), "created_at": str(978300760 + s)}
        for u, i, s in STEPS
    ]
    result = reference.compute(rows, settings)
    return {
        "n_users": len(result.splits),
        "n_pairs_total": len(result.pairs),
        "n_episodes_total": sum(map(len, result.episodes.values())),
    }


@pytest.mark.parametrize("shape", ["MovieLens with commas"])
def test_the_printed_command_builds_the_episodes(
    shape: str, workspace: Workspace
) -> None:
    name, content, _ = SETTINGS_SEEN[shape]
    printed = build(look(write(workspace.root, name, content)), workspace)
    expected = counted(reference.Settings())
    assert {name: printed["metrics"][name] for name in expected} == expected
    assert printed["dataset"] == "ratings"


def test_make_passes_what_inspect_prints_on(workspace: Workspace) -> None:
    """Whatever is in it: make and the shell each take a part of the signs."""
    rows = text("{u},'R {i}',160000000{s}", "user_id,item_id,created_at\n")
    rows += b"\\N,'R',1600000000\n"
    found = look(write(workspace.root, "it's $5 #1.csv", rows))
    makefile = workspace.root / "Makefile"
    makefile.write_text("export RAW_EVENTS VARS\nrun:\n\t@printenv RAW_EVENTS VARS\n")
    shown = found.command().replace("make run", f"make -f {makefile} run", 1)
    # as if not under `make test`: a make in a make says which folder it is in
    done = run(workspace, "sh", "-c", f"unset MAKELEVEL MAKEFLAGS MFLAGS\n{shown}")
    raw_events, settings = done.stdout.splitlines()
    assert raw_events == str(workspace.root / "it's $5 #1.csv")
    assert yaml.safe_load(settings) == {"preset": "sample", **found.settings}
