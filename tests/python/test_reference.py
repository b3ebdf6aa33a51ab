"""The reference held against examples worked out by hand from DESIGN §2-§4."""

import gzip
import hashlib
import random
from collections import Counter
from functools import partial

import pytest

import reference
from conftest import REAL_MARS, needs_real_mars
from reference import Event

# the times of most rows here are seconds since 1970
Settings = partial(reference.Settings, time_format="s")
VARCHAR = Settings(user_id_type="varchar", item_id_type="varchar")


def row(user="1", item="10", at="0", watched=None, rating=None):
    return {
        "user_id": user,
        "item_id": item,
        "watch_percentage": watched,
        "created_at": at,
        "rating": rating,
    }


def timeline(*visits, user=1):
    """Events of one user from (course, second)."""
    return [Event(user, course, s * 1_000_000, s) for course, s in visits]


def pairs_of(ordered, settings=Settings()):  # noqa: B008 (frozen)
    """The (prefix, label) of a user's events, each course its own item id."""
    vocab = {event.course_id: event.course_id for event in ordered}
    sequence = reference.build_sequence(ordered, settings)
    return [
        (pair["prefix"], pair["label"])
        for pair in reference.build_pairs(sequence, vocab, settings)
    ]


def numbered_pairs(count):
    """As many pairs, distinguished by their labels 1, 2, 3..."""
    return [
        {
            "user_id": 1,
            "prefix": list(range(label)),
            "label": label,
            "label_ts": label * 1_000_000,
            "n_known": label,
        }
        for label in range(1, count + 1)
    ]


# --- Reading files -----------------------------------------------------------


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("name", ["events.csv", "events.csv.gz"])
def test_every_value_is_text_and_an_empty_one_is_null(tmp_path, name, newline):
    lines = ["user_id,item_id,rating", '7,"a,b",', '"", x ,10', ""]
    data = newline.join(lines).encode()
    path = tmp_path / name
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    assert reference.read_rows(path) == [
        {"user_id": "7", "item_id": "a,b", "rating": None},
        {"user_id": None, "item_id": " x ", "rating": "10"},
    ]


# --- 1. Events ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12", 12),
        (" +12\t", 12),
        ("-0", 0),
        ("007", 7),
        ("9223372036854775807", 2**63 - 1),
        ("9223372036854775808", None),
        ("-9223372036854775808", -(2**63)),
        ("-9223372036854775809", None),
        ("0" * 5000 + "1", 1),
        ("1" * 5000, None),
        ("12.0", None),
        ("1e3", None),
        ("1_000", None),
        ("+ 1", None),
        ("٣", None),
        ("0x10", None),
    ],
)
def test_a_bigint_id_is_a_sign_and_digits_within_int64(text, expected):
    assert reference.read_id(text, "bigint") == expected


def test_a_varchar_id_is_taken_as_it_is():
    event = reference.read_event(row(user=" u 1", item="C_007 "), VARCHAR)
    assert (event.user_id, event.course_id) == (" u 1", "C_007 ")


# 2018-09-28: 48 years of 365 days, 12 leap days, 270 days of 2018 = 17,802 days
DAY = 17_802 * 86_400
# 16:18:29 is 57,600 + 1,080 + 29 seconds
MOMENT = DAY + 58_709


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2018-09-28", DAY),
        ("2018-09-28 16:18", DAY + 58_680),
        ("2018-09-28 16:18:29", MOMENT),
        ("2018-09-28T16:18:29", MOMENT),
        ("2018-09-28T16:18:29Z", MOMENT),
        ("2018-09-28 16:18Z", DAY + 58_680),
        ("2018-09-28 16:18:29+02", MOMENT - 7_200),
        ("2018-09-28 16:18:29+0530", MOMENT - 19_800),
        ("2018-09-28 16:18:29-05:30", MOMENT + 19_800),
        ("2018-09-28 16:18:29+14:00", MOMENT - 50_400),
        ("1538151509", MOMENT),
        ("1538151509000", MOMENT),
        ("2016-02-29", 16_860 * 86_400),
        ("1538151509000000", MOMENT),
        ("1538151509000000000", MOMENT),
        ("2018/09/28 16:18:29", MOMENT),
        ("2018-09-28t16:18:29z", MOMENT),
        ("2018-09-28 16:18:29 UTC", MOMENT),
        ("2018-09-28 16:18:29GMT", MOMENT),
        ("2018-09-28 18:18:29 +0200", MOMENT),
        (" 2018-09-28\n", DAY),
        # 1990-01-01 and the last second before 2100, and their neighbours
        ("631152000", 631_152_000),
        ("4102444799", 4_102_444_799),
        ("631151999", None),
        ("4102444800", None),
        ("0", None),
        ("20180928", None),
        ("-1538151509", None),
    ],
)
def test_auto_reads_iso_and_epoch_numbers_from_1990_to_2100(text, seconds):
    expected = None if seconds is None else seconds * 1_000_000
    assert reference.read_instant(text, reference.Settings()) == expected


@pytest.mark.parametrize(
    ("text", "microseconds"),
    [
        ("1970-01-01 00:00:00.5", 500_000),
        ("1970-01-01 00:00:00.1234569", 123_456),
        ("1969-12-31 23:59:59.9999999Z", -1),
        ("1970-01-01 00:00:00,5", 500_000),
        ("1538151509.1234569", MOMENT * 1_000_000 + 123_456),
        ("1538151509000.0019", MOMENT * 1_000_000 + 1),
        ("1538151509000001.9", MOMENT * 1_000_000 + 1),
        ("1538151509000001999", MOMENT * 1_000_000 + 1),
    ],
)
def test_a_fraction_keeps_whole_microseconds(text, microseconds):
    assert reference.read_instant(text, reference.Settings()) == microseconds


@pytest.mark.parametrize(
    ("unit", "text", "microseconds"),
    [
        ("s", "0", 0),
        ("s", "-0.1234569", -123_457),
        ("s", "-0.0000009", -1),
        ("ms", "-1.0015", -1_002),
        ("us", "7.9", 7),
        ("ns", "-1", -1),
        ("ns", "1999", 1),
        ("days", "-10", -864_000_000_000),
        ("days", "+0.5", 43_200_000_000),
        ("days", "2018-09-28", None),
    ],
)
def test_a_number_in_a_unit_counts_from_the_origin(unit, text, microseconds):
    settings = reference.Settings(time_format=unit)
    assert reference.read_instant(text, settings) == microseconds
    later = reference.Settings(time_format=unit, time_origin="2018-09-28")
    expected = None if microseconds is None else DAY * 1_000_000 + microseconds
    assert reference.read_instant(text, later) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2018-02-29",
        "2018-13-01",
        "2018-9-28",
        "2018-09-28 24:00:00",
        "2018-09-28 23:60",
        "2018-09-28 23:59:60",
        "2018-09-28 16",
        "2018-09-28 16:18:29.",
        "2018-09-28 16:18.5",
        "2018-09-28  16:18:29",
        "2018-09-28 16:18:29+15",
        "2018-09-28 16:18:29+2",
        "2018-09-28 16:18:29+02:60",
        "2018-09-28Z",
        "2018-09-28+02:00",
        "28/09/2018",
        "+5",
        "1.",
        ".5",
        "1e9",
        "12345678901234567",
        "yesterday",
    ],
)
def test_any_other_time_is_unreadable(text):
    assert reference.read_instant(text, reference.Settings()) is None


# From 0001-01-01 to 1970-01-01 there are 719,162 days
YEAR_1 = -719_162 * 86_400 * 1_000_000
# 9999-12-31 23:59:59 is epoch second 253,402,300,799
YEAR_10000 = 253_402_300_800 * 1_000_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0001-01-01", YEAR_1),
        ("0000-12-31", None),
        ("0001-01-01 00:30+01:00", None),
        ("0000-12-31 23:30-01:00", YEAR_1 + 30 * 60 * 1_000_000),
        ("9999-12-31 23:59:59.999999", YEAR_10000 - 1),
        ("9999-12-31 23:30-01:00", None),
    ],
)
def test_the_utc_instant_lies_in_the_years_1_to_9999(text, expected):
    assert reference.read_instant(text, reference.Settings()) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-62135596800000", YEAR_1),
        ("-62135596800000.001", None),
        ("253402300799999.999", YEAR_10000 - 1),
        ("253402300800000", None),
    ],
)
def test_a_number_in_a_unit_lies_in_the_years_1_to_9999(text, expected):
    settings = reference.Settings(time_format="ms")
    assert reference.read_instant(text, settings) == expected


def test_whole_seconds_are_floored_also_before_1970():
    event = reference.read_event(row(at="1969-12-31 23:59:58.25"), reference.Settings())
    assert (event.ts, event.ts_epoch) == (-1_750_000, -2)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("100", 100.0),
        (" 9.5 ", 9.5),
        ("-1.25e2", -125.0),
        ("", None),
        (None, None),
        ("ten", None),
        ("1_0", None),
        ("nan", None),
        ("inf", None),
        ("1e999", None),
        ("50%", None),
    ],
)
def test_a_measure_that_is_no_number_is_null(text, number):
    event = reference.read_event(row(watched=text, rating=text), Settings())
    assert (event.watch_percentage, event.rating) == (number, number)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (row(user=None), "missing user_id"),
        (row(user=" \t"), "missing user_id"),
        (row(item="12.0"), "unreadable item_id"),
        (row(at=" "), "missing created_at"),
        (
            row(user="x", item=None, at="soon"),
            "unreadable user_id; missing item_id; unreadable created_at",
        ),
    ],
)
def test_a_rejected_row_keeps_its_values_and_says_why(bad, reason):
    assert reference.read_event(bad, Settings()) == reason
    assert reference.compute([bad], Settings()).rejected == [(bad, reason)]


def test_a_blank_varchar_id_is_missing():
    assert reference.read_event(row(user="  "), VARCHAR) == "missing user_id"


# --- 2. Users ----------------------------------------------------------------


def test_a_user_needs_k_plus_q_events_and_repeats_count():
    four = timeline(*[(10, 0)] * 4, user=4)
    five = timeline(*[(10, 0)] * 5, user=5)
    assert reference.eligible_users(four + five, Settings()) == [5]
    assert reference.eligible_users(four + five, Settings(min_interactions=4)) == [4, 5]


def test_rejected_rows_do_not_count_towards_eligibility():
    rows = [row(at=str(second)) for second in range(4)] + [row(at="soon")]
    assert reference.compute(rows, Settings()).splits == {}


# --- 3. Split ----------------------------------------------------------------


def test_the_split_key_is_13_hex_digits_of_md5():
    digest = hashlib.md5(b"20260112:224557").hexdigest()
    assert reference.split_key(224557, 20260112) == int(digest[:13], 16)
    assert reference.split_key(224557, 20260112) < 2**52


@pytest.mark.parametrize(
    ("n", "ratios", "sizes"),
    [
        (90, (0.7, 0.15, 0.15), (63, 13, 14)),
        (90, ("0.70", "0.15", "0.15"), (63, 13, 14)),
        (164, ("0.70", "0.15", "0.15"), (114, 24, 26)),
        (1, ("0.70", "0.15", "0.15"), (0, 0, 1)),
        (3, ("1", "0", "0"), (3, 0, 0)),
    ],
)
def test_exact_sizes_are_floored_in_decimal_arithmetic(n, ratios, sizes):
    splits = reference.split_exactly(range(n), Settings(split_ratios=ratios))
    counts = Counter(splits.values())
    assert tuple(counts[split] for split in reference.SPLITS) == sizes


def test_exact_gives_the_smallest_keys_to_train_and_the_next_to_val():
    settings = Settings(split_ratios=("0.5", "0.25", "0.25"))
    by_key = sorted(
        (1, 2, 3, 4),
        key=lambda user: hashlib.md5(f"20260112:{user}".encode()).hexdigest()[:13],
    )
    splits = reference.split_exactly((1, 2, 3, 4), settings)
    assert [splits[user] for user in by_key] == ["train", "train", "val", "test"]


@pytest.mark.parametrize(
    ("key", "split"),
    [
        (0, "train"),
        # 2^52 = 4,503,599,627,370,496; times 0.70 is 3,152,519,739,159,347.2
        (3_152_519_739_159_346, "train"),
        (3_152_519_739_159_347, "val"),
        # times 0.85 is 3,828,059,683,264,921.6
        (3_828_059_683_264_920, "val"),
        (3_828_059_683_264_921, "test"),
        (2**52 - 1, "test"),
    ],
)
def test_stable_cuts_the_key_range_at_the_floored_shares(key, split):
    assert reference.stable_split(key, Settings()) == split


def test_stable_moves_no_user_when_others_come():
    settings = Settings(split_method="stable")
    few = reference.split_users(range(50), settings)
    many = reference.split_users(range(500), settings)
    assert few == {user: many[user] for user in few}


def test_pinned_repeats_the_given_split_and_names_who_has_none():
    settings = Settings(split_method="pinned", pinned={1: "test", 2: "train", 9: "val"})
    assert reference.split_users([2, 1], settings) == {1: "test", 2: "train"}
    with pytest.raises(ValueError, match=r"1 users without a split, e.g. \[3\]"):
        reference.split_users([1, 2, 3], settings)
    unknown = Settings(split_method="pinned", pinned={1: "test", 3: "validation"})
    with pytest.raises(ValueError, match=r"1 users without a split, e.g. \[3\]"):
        reference.split_users([1, 3], unknown)


def test_an_unknown_split_method_is_an_error():
    with pytest.raises(ValueError, match="split_method 'random'"):
        reference.split_users([1], Settings(split_method="random"))


# --- 3. Split: new users -----------------------------------------------------


def starts(**first):
    """Users u1, u2… whose first event is at these seconds, and one 100 s later."""
    return [
        event
        for user, second in first.items()
        for event in timeline((10, second), (20, second + 100), user=user)
    ]


# Of four users two are train, one is val: T_val is the third's first event, T_test the
# fourth's
HALVES = Settings(split_method="new_users", split_ratios=("0.5", "0.25", "0.25"))


def test_new_users_are_split_by_their_first_event():
    events = starts(u3=20, u1=0, u4=30, u2=10)
    splits, _, _ = reference.split_new_users(events, HALVES)
    assert splits == {"u1": "train", "u2": "train", "u3": "val", "u4": "test"}


def test_users_who_start_at_a_boundary_are_all_after_it():
    # places by (first time, id): u1, u2, u3, u4; T_val = T_test = 20
    events = starts(u4=20, u2=20, u3=20, u1=0)
    splits, _, _ = reference.split_new_users(events, HALVES)
    assert splits == {"u1": "train", "u2": "test", "u3": "test", "u4": "test"}


def test_a_first_event_is_compared_in_microseconds():
    events = [Event(user, 10, ts, 0) for user, ts in enumerate((5, 7, 6, 8), start=1)]
    splits, _, _ = reference.split_new_users(events, HALVES)
    assert splits == {1: "train", 2: "val", 3: "train", 4: "test"}


def test_events_from_the_boundary_on_are_cut_of_train_and_val():
    train = timeline((1, 0), (2, 19), (3, 20), (4, 40), user="u1")
    val = timeline((1, 20), (2, 29), (3, 30), user="u3")
    others = timeline((1, 1), user="u2") + timeline((1, 30), (2, 99), user="u4")
    _, kept, cut = reference.split_new_users(train + val + others, HALVES)
    assert cut == [train[2], train[3], val[2]]
    assert kept == [*train[:2], *val[:2], *others]


def test_boundaries_may_be_set():
    settings = Settings(
        split_method="new_users",
        split_times=("1970-01-01 00:00:10", "1970-01-01 00:00:20"),
    )
    splits, _, cut = reference.split_new_users(
        timeline((1, 9), (1, 10), user=1)
        + timeline((1, 10), (1, 20), user=2)
        + timeline((1, 20), user=3),
        settings,
    )
    assert splits == {1: "train", 2: "val", 3: "test"}
    assert [(event.user_id, event.ts_epoch) for event in cut] == [(1, 10), (2, 20)]
    with pytest.raises(ValueError, match="'soon' is not a time"):
        reference.instant_of("soon")


def test_without_val_and_test_nothing_is_cut():
    settings = Settings(split_method="new_users", split_ratios=("1", "0", "0"))
    events = starts(u1=0, u2=10)
    splits, kept, cut = reference.split_new_users(events, settings)
    assert (splits, kept, cut) == ({"u1": "train", "u2": "train"}, events, [])


# --- What is left out --------------------------------------------------------


def test_every_event_is_kept_or_left_out_for_one_reason():
    settings = reference.Settings(
        split_method="new_users",
        split_ratios=("0.5", "0.25", "0.25"),
        min_interactions=2,
        min_item_users=2,
        time_from="1970-01-01 00:00:05",
        time_until="1970-01-01 00:01:00",
    )
    rows = [
        # before time_from, at it (kept), at time_until, a course of one user
        *(row("1", "10", at) for at in ("1970-01-01 00:00:04",)),
        *(
            row("1", item, f"1970-01-01 00:00:{at}")
            for item, at in (("10", "05"), ("20", "06"), ("30", "07"), ("20", "59"))
        ),
        row("1", "20", "1970-01-01 00:01:00"),
        # course 30 of user 2 is out of the time: it counts for no course
        row("2", "30", "1970-01-01 00:01:01"),
        *(
            row("2", item, f"1970-01-01 00:00:{at}")
            for item, at in (("10", "08"), ("20", "09"))
        ),
        # one event left after course 40 went: not eligible
        *(row("3", item, "1970-01-01 00:00:10") for item in ("10", "40")),
        *(
            row("4", item, f"1970-01-01 00:00:{at}")
            for item, at in (("10", "20"), ("20", "21"))
        ),
        *(
            row("5", item, f"1970-01-01 00:00:{at}")
            for item, at in (("10", "30"), ("20", "31"))
        ),
    ]
    result = reference.compute(rows, settings)
    left = {
        why: [(event.user_id, event.course_id, event.ts_epoch) for event in events]
        for why, events in result.left_out.items()
    }
    # T_val is user 4's start at 20, T_test user 5's at 30
    assert result.splits == {1: "train", 2: "train", 4: "val", 5: "test"}
    assert left == {
        "time": [(1, 10, 4), (1, 20, 60), (2, 30, 61)],
        "course": [(1, 30, 7), (3, 40, 10)],
        "ineligible": [(3, 10, 10)],
        "cut": [(1, 20, 59)],
    }
    assert result.vocab == {10: 0, 20: 1}
    assert len(rows) == len(result.events) + sum(map(len, left.values()))


# --- 4. Vocabulary -----------------------------------------------------------


def test_number_courses_ascend_as_numbers():
    events = timeline((100, 0), (9, 1), (-1, 2), (9, 3))
    assert reference.build_vocabulary(events, Settings()) == {-1: 0, 9: 1, 100: 2}


def test_string_courses_ascend_by_bytes():
    events = timeline(("é", 0), ("a", 1), ("9", 2), ("10", 3), ("Z", 4))
    # bytes: 31 30 | 39 | 5a | 61 | c3 a9
    vocab = reference.build_vocabulary(events, VARCHAR)
    assert list(vocab) == ["10", "9", "Z", "a", "é"]


def test_string_courses_beyond_the_basic_plane_come_last():
    # U+FF5E is ef bd 9e and U+1F600 f0 9f 98 80; in UTF-16 the second would be first
    events = timeline(("\U0001f600", 0), ("\uff5e", 1))
    vocab = reference.build_vocabulary(events, VARCHAR)
    assert list(vocab) == ["\uff5e", "\U0001f600"]


def test_courses_of_ineligible_users_are_not_in_the_vocabulary():
    rows = [row(at=str(second)) for second in range(5)] + [row(user="2", item="5")]
    assert reference.compute(rows, Settings()).vocab == {10: 0}


# By md5sum 20260112:40 is 340f…, :10 398d…, :30 6ee9…, :20 c075…
@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"vocab_order": "shuffled"}, {40: 0, 10: 1, 30: 2, 20: 3}),
        ({"pinned_vocab": {99: 1, 30: 0}}, {30: 0, 99: 1, 10: 2, 20: 3, 40: 4}),
        (
            {"pinned_vocab": {99: 1, 30: 0}, "vocab_order": "shuffled"},
            {30: 0, 99: 1, 40: 2, 10: 3, 20: 4},
        ),
    ],
)
def test_a_vocabulary_may_be_shuffled_and_extended(settings, expected):
    events = timeline((10, 0), (20, 1), (30, 2), (40, 3))
    assert reference.build_vocabulary(events, Settings(**settings)) == expected


# --- 5. Order within a user --------------------------------------------------


# The keys begin with these hex digits: user 1 is bbc4, user 2 16b5; course 10 is 398d,
# 20 c075, 30 6ee9. The bits that differ are 8249, 7bb1 and d52d for user 1, 2f38, d6c0
# and 785c for user 2.
def test_ties_are_ordered_by_the_bits_in_which_the_keys_of_user_and_course_differ():
    keys = {1: "bbc4", 2: "16b5", 10: "398d", 20: "c075", 30: "6ee9"}
    for of, digits in keys.items():
        assert f"{reference.split_key(of, 20260112):013x}".startswith(digits)
    tied = [Event(user, course, 5, 0) for user in (1, 2) for course in (10, 20, 30)]
    found = reference.group_by_user(tied, Settings())
    assert [event.course_id for event in found[1]] == [20, 10, 30]
    assert [event.course_id for event in found[2]] == [10, 30, 20]


def test_courses_with_the_same_key_are_ordered_by_id(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reference, "split_key", lambda of, seed: 11)
    tied = [Event(1, course, 5, 0) for course in (30, 9, 100)]
    found = reference.group_by_user(tied, Settings())
    assert [event.course_id for event in found[1]] == [9, 30, 100]


def test_events_are_ordered_by_microseconds_then_the_remaining_columns_nulls_first():
    expected = [
        Event(1, 30, 1_900_000, 1, 9.0, 9.0),
        Event(1, 20, 2_100_000, 2, 9.0, 9.0),
        Event(1, 20, 2_200_000, 2, None, 9.0),
        Event(1, 20, 2_200_000, 2, -5.0, 9.0),
        Event(1, 20, 2_200_000, 2, 10.0, None),
        Event(1, 20, 2_200_000, 2, 10.0, 1.0),
        Event(1, 10, 2_200_001, 2, 9.0, 9.0),
        Event(1, 20, 2_200_002, 2, 9.0, 9.0),
    ]
    shuffled = random.Random(1).sample(expected, len(expected))
    assert reference.group_by_user(shuffled, Settings()) == {1: expected}


def test_users_ascend_as_numbers_or_by_bytes():
    numbers = timeline((1, 0), user=10) + timeline((1, 0), user=9)
    strings = timeline((1, 0), user="9") + timeline((1, 0), user="10")
    assert list(reference.group_by_user(numbers, Settings())) == [9, 10]
    assert list(reference.group_by_user(strings, Settings())) == ["10", "9"]


# --- 6. Sessions -------------------------------------------------------------


def test_a_gap_of_exactly_the_threshold_stays_in_the_session():
    ordered = timeline((10, 0), (10, 1800), (10, 3601), (10, 3602))
    sessions = reference.cut_sessions(ordered, Settings())
    assert [[event.ts_epoch for event in session] for session in sessions] == [
        [0, 1800],
        [3601, 3602],
    ]


def test_a_gap_is_measured_in_microseconds():
    # the second gap is a microsecond longer than the threshold
    times = [999_999, 1_800_999_999, 3_601_000_000]
    ordered = [Event(1, 10, time, time // 1_000_000) for time in times]
    assert reference.cut_sessions(ordered, Settings()) == [ordered[:2], ordered[2:]]


@pytest.mark.parametrize(
    ("number", "expected"), [(1, "7_0001"), (9999, "7_9999"), (10_000, "7_10000")]
)
def test_a_session_number_is_padded_to_4_digits_and_never_cut(number, expected):
    assert reference.session_id(7, number) == expected


def test_the_course_of_a_session_is_its_most_frequent_smallest_on_ties():
    assert reference.session_course(timeline((10, 0), (20, 1), (20, 2))) == 20
    assert reference.session_course(timeline((100, 0), (9, 1))) == 9
    assert reference.session_course(timeline(("9", 0), ("100", 1))) == "100"


# --- 7. Pairs ----------------------------------------------------------------


def test_consecutive_repeats_are_removed_and_the_first_kept():
    ordered = timeline((1, 0), (1, 1), (2, 2), (2, 3), (1, 4))  # A A B B A
    sequence = reference.build_sequence(ordered, Settings())
    assert [(event.course_id, event.ts_epoch) for event in sequence] == [
        (1, 0),
        (2, 2),
        (1, 4),
    ]
    assert pairs_of(ordered) == [([1], 2), ([1, 2], 1)]


def test_consecutive_repeats_stay_when_not_deduplicated():
    ordered = timeline((1, 0), (1, 1), (2, 2))
    settings = Settings(deduplicate_consecutive=False)
    assert pairs_of(ordered, settings) == [([1], 1), ([1, 1], 2)]


def test_a_tie_in_time_with_the_previous_item_makes_no_pair():
    # 2 and 3 share a time: 3 is no label, but is in the prefix of 4
    ordered = timeline((1, 0), (2, 5), (3, 5), (4, 6))
    assert pairs_of(ordered) == [([1], 2), ([1, 2, 3], 4)]


def test_an_item_a_microsecond_after_the_previous_item_is_a_label():
    ordered = [Event(1, 1, 5_000_000, 5), Event(1, 2, 5_000_001, 5)]
    assert pairs_of(ordered) == [([1], 2)]


def test_the_tie_is_looked_for_after_repeats_are_removed():
    # 1 at second 5 is a repeat of 1 at second 0, so 2 follows second 0
    assert pairs_of(timeline((1, 0), (1, 5), (2, 5))) == [([1], 2)]


def test_a_long_prefix_keeps_its_last_items():
    ordered = timeline((1, 0), (2, 1), (3, 2), (4, 3))
    settings = Settings(max_prefix_len=2)
    assert pairs_of(ordered, settings) == [([1], 2), ([1, 2], 3), ([2, 3], 4)]
    vocab = {1: 1, 2: 2, 3: 3, 4: 4}
    pairs = reference.build_pairs(ordered, vocab, settings)
    assert [pair["prefix_len"] for pair in pairs] == [1, 2, 2]


# --- 8. Episodes -------------------------------------------------------------


@pytest.mark.parametrize(
    ("pairs", "episodes"), [(0, 0), (4, 0), (5, 1), (7, 1), (8, 2), (11, 3)]
)
def test_only_full_windows_of_k_plus_q_pairs_count(pairs, episodes):
    found = reference.build_episodes(numbered_pairs(pairs), Settings())
    assert len(found) == episodes


def test_windows_advance_by_q_and_query_follows_support():
    episodes = reference.build_episodes(numbered_pairs(8), Settings())
    labels = [(e["support_labels"], e["query_labels"]) for e in episodes]
    assert labels == [([1, 2], [3, 4, 5]), ([4, 5], [6, 7, 8])]
    assert episodes[0]["support_prefixes"] == [[0], [0, 1]]
    assert (episodes[0]["n_support"], episodes[0]["n_query"]) == (2, 3)


def test_an_episode_has_its_window_what_was_known_and_its_labels_times():
    # 2 and 3 share a second: 3 is no label, but an item known
    ordered = timeline((1, 0), (2, 5), (3, 5), (4, 6), (5, 7), (6, 8))
    vocab = {event.course_id: event.course_id for event in ordered}
    settings = Settings(episode_k=1, episode_q=1, max_prefix_len=1)
    pairs = reference.build_pairs(ordered, vocab, settings)
    columns = ("window", "n_known", "support_label_ts", "query_label_ts")
    assert [
        tuple(episode[column] for column in columns)
        for episode in reference.build_episodes(pairs, settings)
    ] == [
        (0, 1, [5_000_000], [6_000_000]),
        (1, 3, [6_000_000], [7_000_000]),
        (2, 4, [7_000_000], [8_000_000]),
    ]


# --- All of it ---------------------------------------------------------------

STORY = Settings(
    episode_k=1,
    episode_q=1,
    split_method="pinned",
    pinned={7: "train", 8: "test"},
)
STORY_ROWS = [
    row("8", "30", "100"),
    row("8", "20", "200"),
    row("7", "20", "0", "50", "8"),
    row("7", "20", "60.5"),
    row("7", "10", "1860.5"),
    row("7", "30", "3660.500001"),
    row("9", "40", "0"),
    row("?", "10", "0"),
]


def test_a_learners_story_from_rows_to_episodes():
    result = reference.compute(STORY_ROWS, STORY)

    assert result.rejected == [(row("?", "10", "0"), "unreadable user_id")]
    assert result.splits == {7: "train", 8: "test"}
    assert result.vocab == {10: 0, 20: 1, 30: 2}
    # 60.5 to 1860.5 is 1800 s, within the session; the next gap is a microsecond more
    columns = ("session_id", "course_id", "item_id", "ts_epoch", "pos_in_sess")
    assert [tuple(e[column] for column in columns) for e in result.events] == [
        ("7_0001", 20, 1, 0, 1),
        ("7_0001", 20, 1, 60, 2),
        ("7_0001", 10, 0, 1860, 3),
        ("7_0002", 30, 2, 3660, 1),
        ("8_0001", 30, 2, 100, 1),
        ("8_0001", 20, 1, 200, 2),
    ]
    assert result.events[0] == {
        "user_id": 7,
        "course_id": 20,
        "session_id": "7_0001",
        "ts": 0,
        "ts_epoch": 0,
        "pos_in_sess": 1,
        "sess_len": 3,
        "item_id": 1,
        "watch_percentage": 50.0,
        "rating": 8.0,
        "split": "train",
    }
    assert result.events[2]["ts"] == 1_860_500_000
    assert [tuple(session.values()) for session in result.sessions] == [
        ("7_0001", 7, 20, 0, 1860, 3, 1860),
        ("7_0002", 7, 30, 3660, 3660, 1, 0),
        ("8_0001", 8, 20, 100, 200, 2, 100),
    ]
    columns = ("pair_id", "prefix", "label", "label_ts_epoch", "prefix_len", "split")
    assert [tuple(pair[column] for column in columns) for pair in result.pairs] == [
        (0, [1], 0, 1860, 1, "train"),
        (1, [1, 0], 2, 3660, 2, "train"),
        (2, [2], 1, 200, 1, "test"),
    ]
    assert result.episodes == {
        "train": [
            {
                "episode_id": 0,
                "user_id": 7,
                "support_prefixes": [[1]],
                "support_labels": [0],
                "query_prefixes": [[1, 0]],
                "query_labels": [2],
                "n_support": 1,
                "n_query": 1,
                "window": 0,
                "n_known": 1,
                "support_label_ts": [1_860_500_000],
                "query_label_ts": [3_660_500_001],
            }
        ],
        "val": [],
        "test": [],
    }


def test_episodes_are_numbered_within_each_split_by_user():
    rows = [
        row(str(user), str(item), str(item))
        for user in (3, 2, 1)
        for item in (1, 2, 3, 4)
    ]
    settings = Settings(
        episode_k=1,
        episode_q=1,
        split_method="pinned",
        pinned={1: "train", 2: "val", 3: "train"},
    )
    episodes = reference.compute(rows, settings).episodes
    numbered = {
        split: [(episode["episode_id"], episode["user_id"]) for episode in found]
        for split, found in episodes.items()
    }
    # 4 items, 3 pairs, windows of 2 at 0 and 1
    assert numbered == {
        "train": [(0, 1), (1, 1), (2, 3), (3, 3)],
        "val": [(0, 2), (1, 2)],
        "test": [],
    }


def test_the_order_of_rows_changes_nothing():
    expected = reference.compute(STORY_ROWS, STORY)
    for seed in range(5):
        shuffled = random.Random(seed).sample(STORY_ROWS, len(STORY_ROWS))
        assert reference.compute(shuffled, STORY) == expected


# --- The real file -----------------------------------------------------------


@needs_real_mars
def test_the_mars_file_has_its_known_facts():
    rows = reference.read_rows(REAL_MARS)
    result = reference.compute(rows, reference.Settings())
    splits = Counter(result.splits.values())
    episodes = [episode for found in result.episodes.values() for episode in found]

    assert len(rows) == 3659
    assert len(result.rejected) == 0
    assert len(result.splits) == 164
    assert [splits[split] for split in reference.SPLITS] == [114, 24, 26]
    assert len(result.vocab) == 746
    assert len(result.events) == 2564
    assert len(result.sessions) == 546
    assert len(result.pairs) == 2396
    assert len(episodes) == 631
    assert len({episode["user_id"] for episode in episodes}) == 126
