"""A setting that cannot be used stops before anything is built, in one clear line."""

from dataclasses import replace
from typing import Any

import duckdb
import pytest
import yaml

from conftest import PROJECT, Workspace

WRONG = [
    (
        {"dataset": "mras"},
        'dataset: "mras" is not allowed; use one of ',
    ),
    ({"dataset": "../etc"}, 'dataset: "../etc" is not allowed; use one of '),
    ({"preset": "mras"}, 'preset: "mras" is not allowed; use one of '),
    ({"dataset": "../etc", "preset": "mars"}, 'dataset: "../etc" is not allowed; it'),
    (
        {"epsiode_k": 2},
        "epsiode_k: no such var; the vars are dataset, raw_events",
    ),
    # dbt renders a var: the file would be another
    (
        {"raw_events": "a {{ 1 + 1 }}.csv"},
        'raw_events: "a {{ 1 + 1 }}.csv" is not allowed; dbt runs what follows {{, {%',
    ),
    ({"time_format": "%Y{# #}"}, 'time_format: "%Y{# #}" is not allowed; dbt runs'),
    ({"k": 2}, "k: no such var; the vars are dataset, raw_events"),
    ({"episode_k": 0}, "episode_k: 0 is not allowed; use a whole number, 1 or more"),
    ({"episode_q": 0}, "episode_q: 0 is not allowed; use a whole number, 1 or more"),
    ({"episode_k": 1.5}, "episode_k: 1.5 is not allowed"),
    ({"episode_k": True}, "episode_k: true is not allowed"),
    ({"episode_k": "2; drop table x"}, 'episode_k: "2; drop table x" is not allowed'),
    ({"episode_k": None}, "episode_k: null is not allowed"),
    ({"min_interactions": 0}, "min_interactions: 0 is not allowed; use a whole number"),
    ({"max_prefix_len": 0}, "max_prefix_len: 0 is not allowed; use a whole number"),
    ({"session_gap_seconds": -1}, "session_gap_seconds: -1 is not allowed"),
    ({"split_seed": "salt"}, 'split_seed: "salt" is not allowed'),
    ({"split_method": "random"}, '"random" is not allowed; use exact or stable or pin'),
    ({"split_method": "exat"}, '"exat" is not allowed; use exact or stable or pin'),
    ({"min_item_users": 0}, "min_item_users: 0 is not allowed; use a whole number, 1"),
    ({"time_from": "1.2.2018"}, 'time_from: "1.2.2018" is not allowed; use a date, or'),
    ({"time_until": "2018-02-30"}, 'time_until: "2018-02-30" is not allowed; use a'),
    ({"time_until": 2018}, "time_until: 2018 is not allowed; use a date, or a date"),
    (
        {"time_from": "2018-01-02", "time_until": "2018-01-02 00:00"},
        'time_until: "2018-01-02 00:00" is not allowed; it must be after time_fr',
    ),
    (
        {"split_times": ["2018-01-01"]},
        'split_times: ["2018-01-01"] is not allowed; use',
    ),
    ({"split_times": "2018-01-01"}, 'split_times: "2018-01-01" is not allowed; use a'),
    (
        {"split_times": ["2018-01-01", "2019-01-01"]},
        "is not allowed; they are for split_method new_users only",
    ),
    (
        {
            "split_method": "new_users",
            "split_times": ["2019-01-01 00:00:00.5", "2019-01-01T00:00"],
        },
        "is not allowed; T_val must not be after T_test",
    ),
    ({"split_method": "pinned"}, "pinned_splits: null is not allowed; name a file"),
    ({"pinned_splits": "x.csv"}, 'pinned_splits: "x.csv" is not allowed'),
    ({"vocab_order": "random"}, '"random" is not allowed; use course or shuffled'),
    ({"pinned_vocab": ""}, 'pinned_vocab: "" is not allowed; use a path'),
    ({"items": 5}, "items: 5 is not allowed; use a path"),
    ({"split_ratios": [0.7, 0.2, 0.2]}, "split_ratios: [0.7, 0.2, 0.2] is not allowed"),
    ({"split_ratios": [0.5, 0.2, 0.2]}, "split_ratios: [0.5, 0.2, 0.2] is not allowed"),
    ({"split_ratios": [-0.2, 0.6, 0.6]}, "split_ratios: [-0.2, 0.6, 0.6] is not"),
    ({"raw_events": ""}, 'raw_events: "" is not allowed; use a path or a glob, or'),
    ({"max_rejected_fraction": -0.1}, "max_rejected_fraction: -0.1 is not allowed"),
    ({"max_prefix_len": 2**31}, "max_prefix_len: 2147483648 is not allowed"),
    ({"columns": {"rating": ""}}, 'columns.rating: "" is not allowed'),
    ({"split_ratios": [0.7, 0.3]}, "split_ratios: [0.7, 0.3] is not allowed"),
    ({"split_ratios": [1.2, -0.1, -0.1]}, "split_ratios: [1.2, -0.1, -0.1] is not"),
    (
        {"split_ratios": [0.33, 0.33, 0.3400000001]},
        "(train, val, test), of at most 9 decimals, that sum to 1",
    ),
    ({"split_ratios": "0.7"}, 'split_ratios: "0.7" is not allowed'),
    ({"user_id_type": "int"}, 'user_id_type: "int" is not allowed; use bigint or'),
    ({"licence": "line\nline"}, 'licence: "line\\nline" is not allowed; use text of 1'),
    ({"item_id_type": "text"}, 'item_id_type: "text" is not allowed; use bigint or'),
    ({"time_format": "iso"}, 'time_format: "iso" is not allowed; use auto, a unit of'),
    ({"time_format": "%d.%m."}, "; it needs a year: %Y or %y"),
    ({"time_format": "%Y-%d"}, "; a day needs a month: %m, %b or %B"),
    ({"time_format": "%Y %I:%M"}, "; %I and %p (AM, PM) need each other"),
    ({"time_format": "%Y%Y"}, "; it gives a part of the time twice"),
    ({"time_format": "%Y-%m-%Q"}, "; %Q is not one of %Y %y %m %b %B"),
    ({"time_format": "%Y-%j %z"}, "; a day of the year (%j) cannot have a zone"),
    ({"time_format": "%Y%"}, "; % is not one of %Y %y %m %b %B"),
    ({"time_format": None}, "time_format: null is not allowed; use auto"),
    ({"time_origin": "1.2.2014"}, 'time_origin: "1.2.2014" is not allowed; use a date'),
    (
        {"time_format": "days", "time_origin": "2014-02-29"},
        'time_origin: "2014-02-29" is not allowed; use a date',
    ),
    (
        {"time_origin": "2014-02-01"},
        'time_origin: "2014-02-01" is not allowed; it is for numbers only: set time_',
    ),
    (
        {"implausible_times": "ok"},
        'implausible_times: "ok" is not allowed; use stop or',
    ),
    ({"deduplicate_consecutive": 1}, "deduplicate_consecutive: 1 is not allowed"),
    ({"max_prefix_gib": 0}, "max_prefix_gib: 0 is not allowed; use a number above 0"),
    ({"max_user_prefix_gib": -1}, "max_user_prefix_gib: -1 is not allowed; use a"),
    ({"tested_pairs": 0}, "tested_pairs: 0 is not allowed; use a whole number"),
    ({"max_rejected_fraction": 2}, "max_rejected_fraction: 2 is not allowed"),
    ({"raw_events": 5}, "raw_events: 5 is not allowed; use a path or a glob, or null"),
    ({"columns": "user"}, 'columns: "user" is not allowed; use a mapping'),
    ({"columns": {"user": "x"}}, 'columns: "user" is not allowed; its keys are user'),
    ({"columns": {"user_id": None}}, "columns.user_id: null is not allowed; only"),
    ({"columns": {"rating": 3}}, "columns.rating: 3 is not allowed"),
    (
        {"columns": {"rating": 3}},
        "a number only if the input has no header: csv: {head",
    ),
    (
        {"columns": {"item_id": ["a", "b"]}},
        'columns.item_id: ["a", "b"] is not allowed',
    ),
    ({"columns": {"created_at": ["a"]}}, 'columns.created_at: ["a"] is not allowed'),
    ({"columns": {"user_id": {"filename": "u"}}}, '{"filename": "u"} is not allowed'),
    ({"columns": {"user_id": {"filename": "(u"}}}, '{"filename": "(u"} is not allowed'),
    (
        {"csv": {"header": False}, "columns": {"user_id": "who"}},
        'columns.user_id: "who" is not allowed; use the number of a column, counted',
    ),
    (
        {"csv": {"header": False}, "columns": {"user_id": 1, "item_id": 2}},
        "columns: created_at not given; csv.header is false, so give each by its num",
    ),
    (
        {"csv": {"delimiter": "abcde"}},
        'csv.delimiter: "abcde" is not allowed; use text',
    ),
    ({"csv": {"header": "no"}}, 'csv.header: "no" is not allowed; use true or false'),
    ({"csv": {"quote": "''"}}, "csv.quote: \"''\" is not allowed; use text of 0 to 1"),
    ({"csv": {"escape": "\n"}}, 'csv.escape: "\\n" is not allowed; use text of 0 to 1'),
    (
        {"csv": {"null_values": "NA"}},
        'csv.null_values: "NA" is not allowed; use a list',
    ),
    (
        {"csv": {"sep": ";"}},
        'csv: "sep" is not allowed; its keys are delimiter, header',
    ),
]


# DESIGN, section 2
PRESETS = {
    "sample": {"episode_k": 2, "episode_q": 3, "item_id_type": "bigint"},
    "mars": {"episode_k": 2, "episode_q": 3, "max_prefix_len": None},
    "mars_fr": {"episode_k": 2, "episode_q": 3, "session_gap_seconds": 1800},
    "xuetangx": {"episode_k": 5, "episode_q": 10, "item_id_type": "varchar"},
}


def test_the_presets_are_the_contract_s() -> None:
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())
    presets = project["vars"]["presets"]
    assert set(presets) >= set(PRESETS)
    for name, expected in PRESETS.items():
        assert expected.items() <= presets[name].items()
    assert presets["xuetangx"]["max_prefix_len"] is not None


def test_every_setting_has_a_kind() -> None:
    given = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["vars"]
    kinds, sample = given["setting_kinds"], given["presets"]["sample"]
    assert list(kinds) == list(sample)
    assert list(kinds["columns"]["fields"]) == list(sample["columns"])


@pytest.mark.parametrize(
    ("settings", "message"), WRONG, ids=lambda value: str(value)[:50]
)
def test_a_wrong_setting_is_named_with_its_value_and_what_is_allowed(
    settings: dict[str, Any], message: str, workspace: Workspace
) -> None:
    done = workspace.dbt("run", **settings)
    assert not done.success
    assert sum(message in line for line in done.lines) == 1, done.lines
    assert not any("Traceback" in line for line in done.lines)
    if workspace.database.exists():
        with duckdb.connect(str(workspace.database), read_only=True) as connection:
            assert connection.execute("from duckdb_tables()").fetchall() == []


# Each has another value than the default. split_times would need new_users.
OTHER_SETTINGS: dict[str, Any] = {
    "columns": {"watch_percentage": None, "rating": None},
    "csv": {"delimiter": ";", "null_values": ["7"]},
    "implausible_times": "allow",
    "time_format": "us",
    "time_origin": "2000-01-01",
    "user_id_type": "varchar",
    "item_id_type": "varchar",
    "time_from": "2000-01-01",
    "time_until": "2050-01-01",
    "min_item_users": 2,
    "min_interactions": 3,
    "split_method": "pinned",
    "pinned_splits": "splits.csv",
    "split_ratios": [0.6, 0.2, 0.2],
    "split_seed": 7,
    "vocab_order": "shuffled",
    "pinned_vocab": "course2id.json",
    "items": "items.csv",
    "deduplicate_consecutive": False,
    "session_gap_seconds": 60,
    "episode_k": 1,
    "episode_q": 2,
    "max_prefix_len": 3,
    "max_prefix_gib": 3,
    "max_user_prefix_gib": 0.25,
    "tested_pairs": 1000,
    "evaluation_budget": 100_000,
    "max_rejected_fraction": 0.5,
    "licence": "CC0-1.0",
}
FILES = {
    "items": "course_id,name\n20,Excel\n",
    "pinned_vocab": '{"20": 0}',
    "pinned_splits": "user_id,split\n1,train\n",
}


def test_the_unit_tests_pass_with_any_settings(own_sample: Workspace) -> None:
    settings = dict(OTHER_SETTINGS)
    for name, text in FILES.items():
        path = own_sample.root / settings[name]
        path.write_text(text)
        settings[name] = str(path)
    place = replace(own_sample, unit_tests=True)
    done = place.dbt("test", "--select", "test_type:unit", **settings)
    assert done.success, "\n".join(done.lines)


def test_each_setting_has_another_value_than_the_default() -> None:
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())
    # unit tests are for the sample's build only
    every = {*project["vars"]["setting_kinds"]} - {"raw_events", "split_times"}
    assert every == {*OTHER_SETTINGS}
    defaults = project["vars"]["presets"]["sample"]
    assert all(value != defaults[name] for name, value in OTHER_SETTINGS.items())
