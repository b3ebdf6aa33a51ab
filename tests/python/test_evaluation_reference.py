"""The evaluation's reference held against examples worked out from DESIGN §6."""

import math
import re
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache

import pytest

import evaluation_reference as evaluation
import reference
from conftest import PROJECT, REAL_MARS, needs_real_mars
from evaluation_reference import Counts, First, Pair, Query
from reference import Settings

SECOND = 1_000_000


def query(label=0, ts=0, prefix=(0,), user=1, window=0, position=0):
    return Query(user, window, position, prefix, label, ts)


# --- Numbers -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (1 / 3, 0.333333),
        (2 / 3, 0.666667),
        (1 / 128, 0.007813),  # 0.0078125
        (-1 / 128, -0.007813),
        (math.nextafter(1 / 128, 0), 0.007813),
        (0.00781249, 0.007812),
        (-0.0000001, 0.0),
        (None, None),
    ],
)
def test_values_are_rounded_half_away_from_zero_to_6_digits(value, expected):
    assert evaluation.rounded(value) == expected
    assert str(evaluation.rounded(value)) == str(expected)


def test_a_quantile_lies_between_the_two_values_next_to_it():
    # places 0, 1, 2: 2.5 % is place 0.05, 97.5 % place 1.95
    assert evaluation.quantile([20, 0, 10], Fraction(25, 1000)) == 0.5
    assert evaluation.quantile([20, 0, 10], Fraction(975, 1000)) == 19.5
    assert evaluation.quantile([7], Fraction(1, 40)) == 7
    assert evaluation.median([4, 1, 2]) == 2
    assert evaluation.median([4, 1, 2, 9]) == 3


# --- 6.1 Queries -------------------------------------------------------------


def window(user, number):
    return {
        "user_id": user,
        "window": number,
        "query_prefixes": [[0], [0, 1]],
        "query_labels": [1, 2],
        "query_label_ts": [10, 20],
    }


# By md5sum: 20260112:4 is 047a…, 20260112:3 9c42…; 4:0 c32c…, 3:1 cc28…, 4:1 e70b…,
# 3:0 f038…
WINDOWS = [window(3, 0), window(3, 1), window(4, 0), window(4, 1)]


@pytest.mark.parametrize(
    ("view", "budget", "expected"),
    [
        ("all", 32, [(4, 0), (3, 1), (4, 1), (3, 0)]),  # 2 queries of 4 items: 8 each
        ("all", 31, [(4, 0), (3, 1), (4, 1)]),
        ("all", 24, [(4, 0), (3, 1), (4, 1)]),
        ("all", 8, [(4, 0)]),
        ("all", 7, []),
        ("first", 5_000_000, [(4, 0), (3, 0)]),
        ("first", 15, [(4, 0)]),
    ],
)
def test_as_many_whole_windows_are_taken_as_the_budget_pays(view, budget, expected):
    settings = Settings(episode_q=2, evaluation_budget=budget)
    taken = evaluation.windows_taken(WINDOWS, view, 4, settings)
    assert [(w["user_id"], w["window"]) for w in taken] == expected


def test_a_window_has_a_query_for_each_query_pair():
    assert evaluation.queries_of([window(3, 1)]) == [
        Query(3, 1, 0, (0,), 1, 10),
        Query(3, 1, 1, (0, 1), 2, 20),
    ]


# --- 6.2 Place of a label ----------------------------------------------------


def test_the_place_of_a_label_counts_the_greater_and_the_equal():
    # greater than 1: the two 3; equal: items 1, 4, 5
    assert evaluation.place_of(4, [3, 1, 3, 0, 1, 1]) == (2, 3)
    assert evaluation.place_of(0, [3, 1, 3, 0, 1, 1]) == (0, 2)
    assert evaluation.place_of(3, [3, 1, 3, 0, 1, 1]) == (5, 1)


@pytest.mark.parametrize(
    ("g", "t", "hr", "ndcg", "mrr"),
    [
        (0, 1, 1, 1, 1),
        (2, 1, 1, 1 / 2, 1 / 3),  # rank 3: log2(4) = 2
        (0, 3, 1, (1 + 1 / math.log2(3) + 1 / 2) / 3, 11 / 18),
        # ranks 9 to 12, of which 9 and 10 count
        (8, 4, 1 / 2, (1 / math.log2(10) + 1 / math.log2(11)) / 4, 19 / 360),
        (9, 1, 1, 1 / math.log2(11), 1 / 10),
        (10, 1, 0, 0, 0),
        (10, 5, 0, 0, 0),
    ],
)
def test_tied_items_share_the_ranks_they_take_together(g, t, hr, ndcg, mrr):
    reached = evaluation.measures_at(g, t)
    assert (reached.hr, reached.ndcg, reached.mrr) == pytest.approx((hr, ndcg, mrr))


def test_a_constant_score_is_at_chance():
    scores = evaluation.random((0,), Counts([0] * 25))
    for label in (0, 24):
        place = evaluation.place_of(label, scores)
        assert evaluation.measures_at(*place).hr == 10 / 25


def test_a_user_is_the_mean_of_its_queries_and_a_split_of_its_users():
    one, two = query(user=1), query(user=1, position=1)
    three = query(user=2)
    hit, miss = evaluation.measures_at(0, 1), evaluation.measures_at(10, 1)
    users = evaluation.of_users({one: hit, two: miss, three: hit}, [three, two, one])
    assert [(user, reached.hr) for user, reached in users.items()] == [(1, 0.5), (2, 1)]
    assert evaluation.mean_of(users.values()).hr == 0.75  # not 2/3


# --- 6.3 Baselines -----------------------------------------------------------

# items 0 to 5; after 1 came 2 three times, 5 once; after 2 nothing
COUNTS = Counts(pop=[4, 4, 2, 0, 9, 1], trans={1: {2: 3, 5: 1}})


def from_best(scores):
    """Items by score, the tied in one group."""
    return [
        [item for item, score in enumerate(scores) if score == best]
        for best in sorted(set(scores), reverse=True)
    ]


@pytest.mark.parametrize(
    ("baseline", "prefix", "expected"),
    [
        ("random", (3, 1), [[0, 1, 2, 3, 4, 5]]),
        ("popularity", (3, 1), [[4], [0, 1], [2], [5], [3]]),
        # 3 was at place 2 last, 1 at place 1
        ("recency", (3, 1, 3), [[3], [1], [4], [0], [2], [5]]),
        # 3 at place 0 comes before all that are not there, however popular
        ("recency", (3, 1), [[1], [3], [4], [0], [2], [5]]),
        ("markov", (3, 1), [[2], [5], [4], [0, 1], [3]]),
        ("markov", (1, 2), [[4], [0, 1], [2], [5], [3]]),
        ("next_item", (3, 1), [[2], [1, 3], [0, 4], [5]]),
        ("next_item", (5,), [[5], [4], [3], [2], [1], [0]]),
        ("markov_next_item", (3, 1), [[2], [5], [1, 3], [0, 4]]),
        ("markov_next_item", (1, 2), [[3], [2, 4], [1, 5], [0]]),
    ],
)
def test_each_baseline_ranks_the_items(baseline, prefix, expected):
    scores = (evaluation.WITHOUT_TRAIN | evaluation.WITH_TRAIN)[baseline]
    assert from_best(scores(prefix, COUNTS)) == expected


def test_what_is_known_is_strictly_before_the_microsecond_of_the_label():
    firsts = [First(1, 0, 10), First(1, 1, 11), First(2, 0, 12)]
    pairs = [Pair(1, 0, 0, 1, 11), Pair(2, 1, 0, 1, 13)]
    known = [evaluation.known_at(ts, firsts, pairs) for ts in (10, 11, 12, 13, 14)]
    assert known == [(0, 0), (1, 0), (2, 1), (3, 1), (3, 2)]


def test_the_control_takes_user_by_user_in_the_order_of_their_keys():
    # By md5sum 20260112:2 is 16b5…, 20260112:1 bbc4…: user 2 comes first
    firsts = [First(1, 0, 1), First(2, 3, 9), First(2, 2, 9), First(2, 4, 8)]
    pairs = [Pair(1, 0, 0, 1, 1), Pair(2, 2, 4, 2, 9), Pair(2, 1, 4, 3, 9)]
    in_order = evaluation.by_user(firsts, pairs, Settings())
    assert [(f.user_id, f.item) for f in in_order[0]] == [
        (2, 4),
        (2, 2),
        (2, 3),
        (1, 0),
    ]
    assert [p.pair_id for p in in_order[1]] == [1, 2, 0]


def test_counts_are_of_the_first_so_many():
    firsts = [First(1, 0, 1), First(2, 0, 2), First(2, 1, 3)]
    pairs = [Pair(1, 0, 0, 1, 1), Pair(2, 1, 0, 1, 2)]
    seen = [
        (list(counts.pop), {last: dict(of) for last, of in counts.trans.items()})
        for counts in evaluation.counts_of(firsts, pairs, [(0, 0), (2, 1), (3, 2)], 2)
    ]
    assert seen == [([0, 0], {}), ([2, 0], {0: {1: 1}}), ([2, 1], {0: {1: 2}})]


# --- 6.5 Intervals -----------------------------------------------------------


def test_the_thresholds_are_those_of_poisson_in_60_digits():
    with localcontext() as context:
        context.prec = 60
        summed, expected = Decimal(0), []
        for j in range(18):
            summed += Decimal(1) / math.factorial(j)
            expected.append(int(2**52 * summed / Decimal(1).exp()))
    assert list(evaluation.THRESHOLDS) == expected
    assert expected[16:] == [2**52 - 5, 2**52 - 1]


@pytest.mark.parametrize(
    ("key", "weight"),
    [
        (0, 0),
        (evaluation.THRESHOLDS[0] - 1, 0),
        (evaluation.THRESHOLDS[0], 1),
        (0xC32C7C3EE1C65, 2),  # F is 5e2d…, bc5a…, eb71…, fb23… in hex
        (0xF03874C943E7B, 3),
        (2**52 - 1, 18),
    ],
)
def test_a_weight_is_the_number_of_thresholds_reached(key, weight):
    assert evaluation.poisson_weight(key) == weight


def test_the_weights_of_a_user_are_those_of_its_hashes():
    # By md5sum of 20260112:bootstrap:<b>:7 for b = 1 … 6:
    # 1701…, b9d8…, 36fc…, 0bcc…, 7daa…, 1db4…
    weights = evaluation.bootstrap_weights(7, Settings())
    assert weights[:6] == [0, 1, 0, 0, 1, 0]
    assert len(weights) == 1000
    # a mean of 1, give or take three standard errors of 1/sqrt(1000)
    assert abs(sum(weights) / 1000 - 1) < 0.1


def test_a_replicate_without_any_weight_has_no_value():
    replicates = evaluation.replicates_of([7], Settings())
    weights = evaluation.bootstrap_weights(7, Settings())
    assert replicates == [(weight,) for weight in weights if weight > 0]


def test_an_interval_is_of_the_weighted_means():
    # means 1/2, 0 and 3/4 of the values 0 and 1; places 0.05 and 1.95 of 0, 1/2, 3/4
    replicates = [(1, 1), (2, 0), (1, 3)]
    assert evaluation.interval([0.0, 1.0], replicates) == pytest.approx((0.025, 0.7375))
    assert evaluation.half_width([0.0, 1.0], replicates) == pytest.approx(0.35625)
    assert evaluation.interval([], []) == (None, None)


# --- A story, from rows to every figure ---------------------------------------

# Train: 1 has A@10 B@20 C@30, 2 has B@5 A@25. Test: 3 has A@12 B@22 C@24 A@40
STORY = Settings(
    episode_k=1,
    episode_q=1,
    min_interactions=1,
    split_method="pinned",
    pinned={1: "train", 2: "train", 3: "test", 4: "test"},
)
ITEMS = {"A": "10", "B": "20", "C": "30"}


def visits(user, *seen):
    """Rows of a user from (item, second)."""
    return [
        {
            "user_id": str(user),
            "item_id": ITEMS[item],
            "created_at": f"1970-01-02 00:00:{second:02d}",
            "watch_percentage": None,
            "rating": None,
        }
        for item, second in seen
    ]


STORY_ROWS = (
    visits(1, ("A", 10), ("B", 20), ("C", 30))
    + visits(2, ("B", 5), ("A", 25))
    + visits(3, ("A", 12), ("B", 22), ("C", 24), ("A", 40))
)
# Two windows: B then [A, B] -> C@24, C then [A, B, C] -> A@40. All three items are
# within the first ten, so MRR tells the baselines apart. Before 24 train has the first
# occurrences B@5 A@10 B@20 and the pair A -> B: pop is 1, 2, 0. The control takes three
# firsts and a pair of user 2 first: B, A, then A of user 1, and B -> A: pop is 2, 1, 0.
# Before 40 it has all: pop is 2, 2, 1; pairs A -> B, B -> C, B -> A.
STORY_MRR = {
    ("random", None): (11 / 18, 11 / 18),
    ("popularity", "all"): (1 / 3, 3 / 4),
    ("popularity", "past"): (1 / 3, 3 / 4),
    ("popularity", "thinned"): (1 / 3, 3 / 4),
    ("recency", "all"): (1 / 3, 1 / 3),
    ("recency", "past"): (1 / 3, 1 / 3),
    ("recency", "thinned"): (1 / 3, 1 / 3),
    ("markov", "all"): (1 / 2, 3 / 4),  # A and C both followed B; A is more popular
    ("markov", "past"): (1 / 3, 3 / 4),
    ("markov", "thinned"): (1 / 3, 3 / 4),
    ("next_item", None): (1, 1 / 3),
    ("markov_next_item", "all"): (1, 1 / 3),  # tied with A, and nearer
    ("markov_next_item", "past"): (1, 1 / 3),
    ("markov_next_item", "thinned"): (1 / 2, 1 / 3),  # B -> A is all that is known
}


def test_every_baseline_of_the_story():
    rows = evaluation.evaluation_of(STORY_ROWS, STORY)["evaluation"]
    assert {
        (row["baseline"], row["form"]): row["mrr"]
        for row in rows
        if row["view"] == "all"
    } == {
        series: pytest.approx(sum(mrr) / 2, abs=5e-7)
        for series, mrr in STORY_MRR.items()
    }
    assert {
        (row["baseline"], row["form"]): row["mrr"]
        for row in rows
        if row["view"] == "first"
    } == {series: pytest.approx(mrr[0], abs=5e-7) for series, mrr in STORY_MRR.items()}
    # a single user: every replicate that has a value has the same
    assert rows[0] == {
        "split": "test",
        "view": "all",
        "baseline": "random",
        "form": None,
        "n_users": 1,
        "n_queries": 2,
        **{"hr": 1.0, "hr_low": 1.0, "hr_high": 1.0},
        **dict.fromkeys(("ndcg", "ndcg_low", "ndcg_high"), 0.710310),
        **dict.fromkeys(("mrr", "mrr_low", "mrr_high"), 0.611111),
    }


def audit_of(rows, view="all", settings=STORY):
    return {
        row["name"]: row["value"]
        for row in evaluation.evaluation_of(rows, settings)["audit"]
        if row["view"] == view
    }


def test_every_audit_figure_of_the_story():
    assert audit_of(STORY_ROWS) == {
        # train events 5, 10, 20, 25, 30: two of five at or after 24, none after 40
        "later_train_events_median": 0.2,
        "later_train_events_max": 0.4,
        # A@12 (train's last A is at 25) and C@24 (30), not B@22 (20), not A@40
        "leaked_events": 0.5,
        "unknown_labels": 0.0,
        "unknown_labels_before": 0.5,  # C@24: train's first C is at 30
        "unseen_items": 0.166667,  # at 24 only C, one of three; at 40 none
        "next_id_labels": 0.5,  # B -> C, not C -> A
        "repeated_labels": 0.5,  # A in [A, B, C]
        "n_known_median": 1.5,  # 1 and 2
        "largest_user": 1.0,
        "twin_users": 0.0,
        "half_width": 0.0,
        "detectable_difference": 0.0,
    }
    first = audit_of(STORY_ROWS, "first")
    assert first["later_train_events_median"] == first["later_train_events_max"] == 0.4
    assert (first["leaked_events"], first["unseen_items"]) == (0.5, 0.333333)
    assert (first["next_id_labels"], first["repeated_labels"]) == (1.0, 0.0)


def test_every_audit_figure_is_defined_on_the_page():
    page = (PROJECT / "docs" / "evaluation.md").read_text()
    defined = re.findall(
        r"^\| `(\w+)` \|.*\|$", page.split("## Audit")[1], re.MULTILINE
    )
    assert defined[: len(audit_of(STORY_ROWS))] == list(audit_of(STORY_ROWS))


def test_a_train_event_at_the_label_itself_is_later_and_does_not_make_it_known():
    rows = STORY_ROWS + visits(2, ("C", 24))
    figures = audit_of(rows, "first")
    assert figures["later_train_events_max"] == 0.5  # 24, 25 and 30 of six
    assert figures["unknown_labels_before"] == 1.0
    assert figures["unseen_items"] == 0.333333


def test_an_event_at_the_last_train_event_of_its_item_is_leaked():
    # A@25 of user 3 is as late as train's last A: three of five
    rows = STORY_ROWS + visits(3, ("A", 25))
    assert audit_of(rows)["leaked_events"] == 0.6


def test_only_the_first_time_of_a_train_user_and_item_counts():
    rows = visits(1, ("A", 1), ("B", 2), ("A", 3)) + visits(3, ("A", 1), ("B", 2))
    result = reference.compute(rows, STORY)
    assert evaluation.firsts_of_train(result) == [
        First(1, 0, 86_401 * SECOND),
        First(1, 1, 86_402 * SECOND),
    ]
    assert evaluation.pairs_of_train(result) == [
        Pair(1, 0, 0, 1, 86_402 * SECOND),
        Pair(1, 1, 1, 0, 86_403 * SECOND),
    ]


def test_what_the_split_adds_is_data_and_time():
    hr = {"all": 0.9, "thinned": 0.7, "past": 0.6}
    users = {
        ("markov", form): {1: evaluation.Measures(value, 0.0, 0.0)}
        for form, value in hr.items()
    }
    found = evaluation.Evaluated("test", "all", [], [], users, [(2,)])
    rows = evaluation.split_adds_rows(found)
    assert [
        (row["part"], row["hr"], row["hr_low"], row["hr_high"]) for row in rows
    ] == [
        ("split", 0.3, 0.3, 0.3),
        ("data", 0.2, 0.2, 0.2),
        ("time", 0.1, 0.1, 0.1),
    ]


def test_a_label_that_train_never_has_is_unknown():
    rows = [
        row for row in STORY_ROWS if (row["user_id"], row["item_id"]) != ("1", "30")
    ]
    figures = audit_of(rows, "first")
    assert (figures["unknown_labels"], figures["unknown_labels_before"]) == (1.0, 1.0)
    assert figures["leaked_events"] == 0.25  # C@24 no longer


def test_a_twin_has_the_whole_sequence_of_a_train_user():
    twin = visits(4, ("A", 41), ("B", 42), ("C", 43))
    longer = visits(4, ("A", 41), ("B", 42), ("C", 43), ("A", 44))
    assert audit_of(STORY_ROWS + twin)["twin_users"] == 0.5
    assert audit_of(STORY_ROWS + longer)["twin_users"] == 0.0
    # of the three queries two are those of user 3
    assert audit_of(STORY_ROWS + twin)["largest_user"] == 0.666667


def test_without_train_shares_of_its_events_have_no_value():
    settings = Settings(
        **{**vars(STORY), "pinned": {1: "val", 2: "val", 3: "test", 4: "test"}}
    )
    rows = evaluation.evaluation_of(STORY_ROWS, settings)
    figures = {
        (row["split"], row["name"]): row["value"]
        for row in rows["audit"]
        if row["view"] == "all"
    }
    assert figures["test", "later_train_events_median"] is None
    assert figures["test", "later_train_events_max"] is None
    assert figures["test", "leaked_events"] == 0.0
    assert figures["test", "unknown_labels"] == 1.0
    assert {row["split"] for row in rows["evaluation"]} == {"val", "test"}


def test_a_split_without_queries_has_no_rows():
    train_only = [row for row in STORY_ROWS if row["user_id"] != "3"]
    tables = ("evaluation", "split_adds", "audit", "known_items")
    empty: dict[str, list[object]] = {name: [] for name in tables}
    assert evaluation.evaluation_of(train_only, STORY) == empty
    assert evaluation.evaluation_of([], STORY) == empty


def test_the_best_two_know_nothing_of_the_future_and_the_first_wins_a_tie():
    result = reference.compute(STORY_ROWS, STORY)
    found = evaluation.evaluate(result, STORY)[0]
    # HR@10 is 1 for all of them
    assert evaluation.best_two(found) == [("random", None), ("popularity", "past")]


def test_differences_are_user_by_user():
    hit, miss = evaluation.measures_at(0, 1), evaluation.measures_at(10, 1)
    paired = evaluation.differences({1: hit, 2: miss}, {1: miss, 2: hit})
    assert paired == {1: 1.0, 2: -1.0}


# --- The real files ----------------------------------------------------------


@cache
def mars(path, split_method="exact", vocab_order="course"):
    settings = Settings(
        split_method=split_method,
        vocab_order=vocab_order,
        evaluation_budget=20_000_000,
    )
    return evaluation.evaluation_of(reference.read_rows(path), settings)


def figures(found, table, split, view):
    """Rows of a split and view by what else names them."""
    names = {"evaluation": ("baseline", "form"), "split_adds": ("part",)}
    return {
        tuple(row[name] for name in names.get(table, ("name",))): row
        for row in found[table]
        if (row["split"], row["view"]) == (split, view)
    }


@needs_real_mars
def test_the_mars_file_gives_the_figures_of_the_contract():
    found = mars(REAL_MARS)
    test = figures(found, "evaluation", "test", "all")
    assert {(row["n_users"], row["n_queries"]) for row in test.values()} == {(21, 459)}
    assert round(test["random", None]["hr"], 4) == 0.0134
    assert round(test["next_item", None]["hr"], 4) == 0.5446
    assert round(test["next_item", None]["ndcg"], 4) == 0.4566
    markov = test["markov", "all"]
    shown = [round(markov[name], 4) for name in ("hr", "hr_low", "hr_high")]
    assert shown == [0.4243, 0.2662, 0.6008]
    assert round(test["markov", "past"]["hr"], 4) == 0.3588
    assert round(test["markov_next_item", "all"]["hr"], 4) == 0.6235
    adds = figures(found, "split_adds", "test", "all")
    shown = [round(adds["split",][name], 4) for name in ("hr", "hr_low", "hr_high")]
    assert shown == [0.0655, 0.0149, 0.1390]
    assert round(adds["data",]["hr"], 4) == 0.0848
    # -0.0192499 before it is rounded to 6 digits
    assert adds["time",]["hr"] == -0.01925
    first = figures(found, "evaluation", "test", "first")["next_item", None]
    assert (first["n_queries"], round(first["hr"], 4)) == (63, 0.5397)


@needs_real_mars
def test_the_audit_of_the_mars_file_gives_what_was_measured_elsewhere():
    test = figures(mars(REAL_MARS), "audit", "test", "all")
    val = figures(mars(REAL_MARS), "audit", "val", "all")
    shown = {name: round(row["value"], 3) for (name,), row in test.items()}
    assert shown["later_train_events_median"] == 0.412  # "41 %"
    assert shown["leaked_events"] == 0.570  # "57 % (84 %)"
    assert round(val["leaked_events",]["value"], 2) == 0.84
    assert shown["unknown_labels"] == 0.194
    assert shown["unknown_labels_before"] == 0.320
    assert shown["largest_user"] == 0.281


@needs_real_mars
def test_new_users_of_the_mars_file_know_no_future():
    found = mars(REAL_MARS, split_method="new_users")
    assert {row["hr"] for row in found["split_adds"]} == {0.0}
    for row in found["audit"]:
        if row["name"] in ("later_train_events_max", "leaked_events"):
            assert row["value"] == 0.0


@needs_real_mars
def test_next_item_falls_to_chance_where_ids_are_shuffled():
    found = mars(REAL_MARS, vocab_order="shuffled")
    test = figures(found, "evaluation", "test", "all")
    # from 0.54; chance is 10 of 746 items
    assert test["next_item", None]["hr"] <= 10 / 746
    # of those that look at no ids nothing changes
    before = figures(mars(REAL_MARS), "evaluation", "test", "all")
    for form in ("all", "past", "thinned"):
        assert test["markov", form] == before["markov", form]
