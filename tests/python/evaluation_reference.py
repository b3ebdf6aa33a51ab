"""DESIGN §6 in plain Python, to hold the evaluation of the models against.

As in reference.py: one function a rule, in the order of §6, slow and obvious on
purpose, written from the text alone. What the text leaves open is decided in
docs/decisions/0020-what-the-evaluation-counts.md and repeated at the function.
Every audit figure is defined in docs/evaluation.md, in the same words.
"""

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import cache

from reference import Id, Result, Row, Settings, compute, id_order, split_key

EVALUATED = ("val", "test")
VIEWS = ("all", "first")
FORMS = ("all", "past", "thinned")
CUTOFF = 10
REPLICATES = 1000
KEYS = 2**52


def rounded(value: float | None) -> float | None:
    """To 6 digits, half away from zero, as SQL's `round` does.

    First to 12: a mean that is 0.0078125 on paper may come out an ulp below it.
    """
    if value is None:
        return None
    twelve = Decimal(value).quantize(Decimal("1e-12"), ROUND_HALF_UP)
    return float(twelve.quantize(Decimal("1e-6"), ROUND_HALF_UP)) + 0.0


def mean(values: Iterable[float]) -> float:
    """The mean, its sum rounded once only."""
    values = list(values)
    return math.fsum(values) / len(values)


def quantile(values: Iterable[float], share: Fraction) -> float:
    """Linearly interpolated: of n values ascending, the one at place (n-1)·share."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * share
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + float(place - below) * (ordered[above] - ordered[below])


def median(values: Iterable[float]) -> float:
    """The middle value, or the mean of the middle two."""
    return quantile(values, Fraction(1, 2))


# --- 6.1 Queries -------------------------------------------------------------


@dataclass(frozen=True)
class Query:
    """One query pair of an episode; `ts` is its label's time in microseconds."""

    user_id: Id
    window: int
    position: int
    prefix: tuple[int, ...]
    label: int
    ts: int


def window_order(view: str, settings: Settings) -> Callable[[dict], tuple]:
    """The order in which windows are taken while the budget lasts.

    `first`: (user's split key, user id). `all`: (split key of
    `<seed>:<user_id>:<window>`, user id, window).
    """

    def order(episode: dict) -> tuple:
        user, window = episode["user_id"], episode["window"]
        salted = user if view == "first" else f"{user}:{window}"
        return split_key(salted, settings.split_seed), id_order(user), window

    return order


def windows_taken(
    episodes: Iterable[dict], view: str, n_items: int, settings: Settings
) -> list[dict]:
    """The windows of a view, as many as fit into the budget.

    A window costs Q queries times n items. As many *whole* windows are taken as cost
    no more than the budget together: if not even one fits, none is.
    """
    windows = [e for e in episodes if view == "all" or e["window"] == 0]
    windows.sort(key=window_order(view, settings))
    cost = settings.episode_q * n_items
    return windows[: settings.evaluation_budget // cost] if cost else []


def queries_of(windows: Iterable[dict]) -> list[Query]:
    """The query pairs of the windows."""
    return [
        Query(w["user_id"], w["window"], position, tuple(prefix), label, ts)
        for w in windows
        for position, (prefix, label, ts) in enumerate(
            zip(
                w["query_prefixes"],
                w["query_labels"],
                w["query_label_ts"],
                strict=True,
            )
        )
    ]


# --- 6.2 Place of a label ----------------------------------------------------


@dataclass(frozen=True)
class Measures:
    """What one query, user or split reaches."""

    hr: float
    ndcg: float
    mrr: float


METRICS = ("hr", "ndcg", "mrr")


def place_of(label: int, scores: Sequence[int]) -> tuple[int, int]:
    """(g, t): items with a greater score; items with the label's score, it too."""
    own = scores[label]
    return len([score for score in scores if score > own]), scores.count(own)


@cache
def measures_at(g: int, t: int) -> Measures:
    """The expectation over a random order of the tied, exactly.

    The label is at each of the ranks g+1 … g+t with probability 1/t; only ranks up to
    10 count.
    """
    ranks = range(g + 1, min(g + t, CUTOFF) + 1)
    return Measures(
        hr=max(min(g + t, CUTOFF) - g, 0) / t,
        ndcg=math.fsum(1 / math.log2(rank + 1) for rank in ranks) / t,
        mrr=float(sum((Fraction(1, rank) for rank in ranks), Fraction(0)) / t),
    )


def mean_of(measured: Iterable[Measures]) -> Measures:
    """The mean of each measure."""
    measured = list(measured)
    return Measures(*(mean(getattr(m, name) for m in measured) for name in METRICS))


# --- 6.3 Baselines -----------------------------------------------------------


@dataclass(frozen=True)
class First:
    """The first time that a train user has an item in the sequence."""

    user_id: Id
    item: int
    ts: int


@dataclass(frozen=True)
class Pair:
    """A train pair, of its prefix only the last item; `ts` is the label's time."""

    user_id: Id
    pair_id: int
    last: int
    label: int
    ts: int


@dataclass
class Counts:
    """What train says: pop(i), and trans(j, i)."""

    pop: list[int]
    trans: dict[int, Counter] = field(default_factory=lambda: defaultdict(Counter))


def firsts_of_train(result: Result) -> list[First]:
    """One a train user and item: the earliest time it stands in the sequence."""
    firsts: dict[tuple[Id, int], First] = {}
    for user, sequence in result.sequences.items():
        if result.splits[user] != "train":
            continue
        for event in sequence:
            item = result.vocab[event.course_id]
            firsts.setdefault((user, item), First(user, item, event.ts))
    return list(firsts.values())


def pairs_of_train(result: Result) -> list[Pair]:
    """Every train pair, whether in an episode or not."""
    return [
        Pair(p["user_id"], p["pair_id"], p["prefix"][-1], p["label"], p["label_ts"])
        for p in result.pairs
        if p["split"] == "train"
    ]


def in_time(firsts: list[First], pairs: list[Pair]) -> tuple[list[First], list[Pair]]:
    """Both by time: what is known at a time stands before what is not."""
    return sorted(firsts, key=lambda f: f.ts), sorted(pairs, key=lambda p: p.ts)


def by_user(
    firsts: list[First], pairs: list[Pair], settings: Settings
) -> tuple[list[First], list[Pair]]:
    """Both user by user in order of (split key, user id): the control.

    Within a user, first occurrences by (time, item id), pairs by pair_id.
    """

    def user_order(user: Id) -> tuple:
        return split_key(user, settings.split_seed), id_order(user)

    return (
        sorted(firsts, key=lambda f: (*user_order(f.user_id), f.ts, f.item)),
        sorted(pairs, key=lambda p: (*user_order(p.user_id), p.pair_id)),
    )


def known_at(ts: int, firsts: list[First], pairs: list[Pair]) -> tuple[int, int]:
    """How many of each are strictly before this microsecond; both are in time."""
    return (
        bisect_left(firsts, ts, key=lambda f: f.ts),
        bisect_left(pairs, ts, key=lambda p: p.ts),
    )


def counts_of(
    firsts: list[First],
    pairs: list[Pair],
    amounts: Iterable[tuple[int, int]],
    n_items: int,
) -> Iterator[Counts]:
    """The counts of the first so many firsts and pairs, for each amounts in turn.

    One object that grows: the amounts must not fall.
    """
    counts = Counts([0] * n_items)
    n_firsts = n_pairs = 0
    for firsts_wanted, pairs_wanted in amounts:
        assert n_firsts <= firsts_wanted
        assert n_pairs <= pairs_wanted
        for first in firsts[n_firsts:firsts_wanted]:
            counts.pop[first.item] += 1
        for pair in pairs[n_pairs:pairs_wanted]:
            counts.trans[pair.last][pair.label] += 1
        n_firsts, n_pairs = firsts_wanted, pairs_wanted
        yield counts


# Greater than any difference of a second score
FIRST_SCORE = 2**40


def both(first: Mapping[int, int], second: list[int], *, otherwise: int) -> list[int]:
    """(first, second) of every item as one number that compares as the two do.

    Items that `first` does not name have `otherwise` there.
    """
    scores = list(second)
    for item, score in first.items():
        scores[item] += (score - otherwise) * FIRST_SCORE
    return scores


def random(prefix: tuple[int, ...], counts: Counts) -> list[int]:
    """All equal."""
    return [0] * len(counts.pop)


def popularity(prefix: tuple[int, ...], counts: Counts) -> list[int]:
    """pop(i)."""
    return counts.pop


def recency(prefix: tuple[int, ...], counts: Counts) -> list[int]:
    """Position of i's last occurrence in the prefix, else -1; then pop(i)."""
    last = {item: position for position, item in enumerate(prefix)}
    return both(last, counts.pop, otherwise=-1)


def markov(prefix: tuple[int, ...], counts: Counts) -> list[int]:
    """trans(j, i); then pop(i)."""
    return both(counts.trans.get(prefix[-1], {}), counts.pop, otherwise=0)


def next_item(prefix: tuple[int, ...], counts: Counts) -> list[int]:
    """-|i - (j+1)|."""
    following = prefix[-1] + 1
    return [-abs(item - following) for item in range(len(counts.pop))]


def markov_next_item(prefix: tuple[int, ...], counts: Counts) -> list[int]:
    """trans(j, i); then -|i - (j+1)|."""
    near = next_item(prefix, counts)
    return both(counts.trans.get(prefix[-1], {}), near, otherwise=0)


WITHOUT_TRAIN = {"random": random, "next_item": next_item}
WITH_TRAIN = {
    "popularity": popularity,
    "recency": recency,
    "markov": markov,
    "markov_next_item": markov_next_item,
}
# In the order of §6.3
SERIES: tuple[tuple[str, str | None], ...] = tuple(
    (baseline, form)
    for baseline in (
        "random",
        "popularity",
        "recency",
        "markov",
        "next_item",
        "markov_next_item",
    )
    for form in ((None,) if baseline in WITHOUT_TRAIN else FORMS)
)

# What each series reaches at each query
Reached = dict[tuple[str, str | None], dict[Query, Measures]]


def reach(
    queries: list[Query],
    firsts: list[First],
    pairs: list[Pair],
    settings: Settings,
    n_items: int,
) -> Reached:
    """Rank all items for every query, by every baseline in every form."""
    queries = sorted(queries, key=lambda query: query.ts)
    timed = in_time(firsts, pairs)
    past = [known_at(query.ts, *timed) for query in queries]
    everything = [(len(firsts), len(pairs))] * len(queries)
    counted = {
        "all": counts_of(firsts, pairs, everything, n_items),
        "past": counts_of(*timed, past, n_items),
        "thinned": counts_of(*by_user(firsts, pairs, settings), past, n_items),
    }
    reached: Reached = {series: {} for series in SERIES}
    nothing = Counts([0] * n_items)
    for query in queries:
        for baseline, scores in WITHOUT_TRAIN.items():
            place = place_of(query.label, scores(query.prefix, nothing))
            reached[baseline, None][query] = measures_at(*place)
        for form, counts in counted.items():
            known = next(counts)
            for baseline, scores in WITH_TRAIN.items():
                place = place_of(query.label, scores(query.prefix, known))
                reached[baseline, form][query] = measures_at(*place)
    return reached


def of_users(
    measured: Mapping[Query, Measures], queries: Iterable[Query]
) -> dict[Id, Measures]:
    """A user's value: the mean over its queries. Users ascending."""
    of_user = defaultdict(list)
    for query in queries:
        of_user[query.user_id].append(measured[query])
    return {user: mean_of(of_user[user]) for user in sorted(of_user, key=id_order)}


# --- 6.4 What the split adds -------------------------------------------------

PARTS = {
    "split": ("all", "past"),
    "data": ("all", "thinned"),
    "time": ("thinned", "past"),
}


def differences(
    one: Mapping[Id, Measures], other: Mapping[Id, Measures]
) -> dict[Id, float]:
    """HR@10 of the one less that of the other, user by user."""
    return {user: one[user].hr - other[user].hr for user in one}


# --- 6.5 Intervals -----------------------------------------------------------


def poisson_threshold(j: int) -> int:
    """floor(2^52 · F(j)), F(j) = (1/0! + … + 1/j!) / e, in whole numbers.

    e lies between the sum of 1/i! up to 40 and that plus 1/(40·40!), two numbers so
    near each other that the floor is the same for both.
    """
    summed = sum((Fraction(1, math.factorial(i)) for i in range(j + 1)), Fraction(0))
    below = sum((Fraction(1, math.factorial(i)) for i in range(41)), Fraction(0))
    above = below + Fraction(1, 40 * math.factorial(40))
    floor = math.floor(KEYS * summed / above)
    assert floor == math.floor(KEYS * summed / below)
    return floor


# 18 of them matter. 1 - F(16) is 4.9 · 2^-52, 1 - F(17) only 0.27 · 2^-52: from j = 17
# on every threshold is 2^52 - 1, which one key of 2^52 reaches. As written, its weight
# would be infinite; here each threshold counts once, so it is 18.
THRESHOLDS = tuple(poisson_threshold(j) for j in range(18))


def poisson_weight(key: int) -> int:
    """The number of j = 0 … 17 with key >= floor(2^52 · F(j))."""
    return sum(key >= threshold for threshold in THRESHOLDS)


def bootstrap_weights(user: Id, settings: Settings) -> list[int]:
    """The user's weight in each replicate b = 1 … 1000."""
    return [
        poisson_weight(split_key(f"bootstrap:{b}:{user}", settings.split_seed))
        for b in range(1, REPLICATES + 1)
    ]


# Each replicate: its users' weights, in the order of the users
Replicates = list[tuple[int, ...]]


def replicates_of(users: Iterable[Id], settings: Settings) -> Replicates:
    """The users' weights by replicate, without replicates where all are 0."""
    weights = [bootstrap_weights(user, settings) for user in users]
    return [drawn for drawn in zip(*weights, strict=True) if any(drawn)]


def interval(
    values: Iterable[float], replicates: Replicates
) -> tuple[float | None, float | None]:
    """The 2.5 % and 97.5 % quantiles of the replicates' weighted means."""
    values = list(values)
    means = [
        math.fsum(w * v for w, v in zip(drawn, values, strict=True)) / sum(drawn)
        for drawn in replicates
    ]
    if not means:
        return None, None
    return quantile(means, Fraction(25, 1000)), quantile(means, Fraction(975, 1000))


def half_width(values: Iterable[float], replicates: Replicates) -> float | None:
    """Half the distance between the ends of the interval."""
    low, high = interval(values, replicates)
    return None if low is None or high is None else (high - low) / 2


# --- All of a split and view -------------------------------------------------


@dataclass(frozen=True)
class Evaluated:
    """A split in a view: its queries, and what each user reaches by each series."""

    split: str
    view: str
    windows: list[dict]
    queries: list[Query]
    users: dict[tuple[str, str | None], dict[Id, Measures]]
    replicates: Replicates
    reached: Reached = field(default_factory=dict)

    def hr_of(self, series: tuple[str, str | None]) -> list[float]:
        """HR@10 of each user."""
        return [measures.hr for measures in self.users[series].values()]


def evaluate(result: Result, settings: Settings) -> list[Evaluated]:
    """Every split and view that has a query; a query in both views is ranked once."""
    n_items = len(result.vocab)
    firsts, pairs = firsts_of_train(result), pairs_of_train(result)
    evaluated = []
    for split in EVALUATED:
        windows = {
            view: windows_taken(result.episodes[split], view, n_items, settings)
            for view in VIEWS
        }
        queries = {view: queries_of(windows[view]) for view in VIEWS}
        distinct = list(dict.fromkeys(queries["all"] + queries["first"]))
        reached = reach(distinct, firsts, pairs, settings, n_items)
        for view in VIEWS:
            if not queries[view]:
                continue
            users = {
                series: of_users(reached[series], queries[view]) for series in SERIES
            }
            replicates = replicates_of(users["random", None], settings)
            evaluated.append(
                Evaluated(
                    split,
                    view,
                    windows[view],
                    queries[view],
                    users,
                    replicates,
                    reached,
                )
            )
    return evaluated


# --- 6.6 Audit ---------------------------------------------------------------


def share(numbers: Iterable[bool]) -> float | None:
    """How many of them are true, of all; none of nothing."""
    numbers = list(numbers)
    return sum(numbers) / len(numbers) if numbers else None


def events_of(result: Result, split: str) -> list[dict]:
    """Every event that is published for the split, repeats too."""
    return [event for event in result.events if event["split"] == split]


def later_train_events(result: Result, queries: list[Query]) -> list[float]:
    """Of each query: train events at or after its label's time / train events.

    Events are all kept events of train users, repeats too; times are in microseconds.
    Empty without train events.
    """
    times = sorted(event["ts"] for event in events_of(result, "train"))
    if not times:
        return []
    return [
        (len(times) - bisect_left(times, query.ts)) / len(times) for query in queries
    ]


def times_by_item(events: Iterable[dict]) -> dict[int, list[int]]:
    """The times of each item's events, ascending."""
    times = defaultdict(list)
    for event in events:
        times[event["item_id"]].append(event["ts"])
    return {item: sorted(found) for item, found in times.items()}


def leaked_events(result: Result, split: str) -> float | None:
    """Events of the split at or before the last train event of their item / events.

    All kept events of all the split's users, in an episode or not, so the same in both
    views. An event whose item train never saw is not leaked. (SplitLight)
    """
    train = times_by_item(events_of(result, "train"))
    return share(
        event["item_id"] in train and event["ts"] <= train[event["item_id"]][-1]
        for event in events_of(result, split)
    )


def unknown_labels(result: Result, queries: list[Query]) -> float | None:
    """Queries whose label no train user has an event of / queries."""
    train = times_by_item(events_of(result, "train"))
    return share(query.label not in train for query in queries)


def unknown_labels_before(result: Result, queries: list[Query]) -> float | None:
    """Queries whose label has no train event strictly before its time / queries."""
    train = times_by_item(events_of(result, "train"))
    return share(
        query.label not in train or train[query.label][0] >= query.ts
        for query in queries
    )


def unseen_items(result: Result, queries: list[Query]) -> float:
    """The mean over queries of: items without an event before the label / items.

    Items are those of the vocabulary; events are all kept ones, of any split, strictly
    before the label's time. So the label counts where this is its first event, and an
    item of a pinned vocabulary without events always does.
    """
    first = sorted(times[0] for times in times_by_item(result.events).values())
    n_items = len(result.vocab)
    return mean((n_items - bisect_left(first, query.ts)) / n_items for query in queries)


def next_id_labels(queries: list[Query]) -> float | None:
    """Queries whose label is j + 1, j the last item of the prefix / queries."""
    return share(query.label == query.prefix[-1] + 1 for query in queries)


def repeated_labels(queries: list[Query]) -> float | None:
    """Queries whose label stands in their own prefix, as published / queries."""
    return share(query.label in query.prefix for query in queries)


def n_known_median(windows: list[dict]) -> float:
    """The median over windows of n_known, in items."""
    return median(window["n_known"] for window in windows)


def largest_user(queries: list[Query]) -> float:
    """Queries of the user who has most / queries."""
    return max(Counter(query.user_id for query in queries).values()) / len(queries)


def twin_users(result: Result, queries: list[Query]) -> float | None:
    """Users with a query whose whole sequence is that of a train user / those users.

    The same items in the same order, from the first to the last; not just a part.
    """

    def items(user: Id) -> tuple[Id, ...]:
        return tuple(event.course_id for event in result.sequences[user])

    train = {items(user) for user, split in result.splits.items() if split == "train"}
    # A train user whose events were all cut has no sequence; there is none such
    return share(items(user) in train for user in {q.user_id for q in queries})


def best_two(evaluated: Evaluated) -> list[tuple[str, str | None]]:
    """The two series of greatest HR@10 that know nothing of the future.

    Of those without a form and those in the form `past`; HR@10 rounded to 6 digits,
    the first in the order of §6.3 on ties.
    """
    possible = [series for series in SERIES if series[1] in (None, "past")]
    return sorted(possible, key=lambda s: -rounded(mean(evaluated.hr_of(s))))[:2]


def best_half_width(evaluated: Evaluated) -> float | None:
    """Half the width of the interval of HR@10 of the best baseline."""
    best, _ = best_two(evaluated)
    return half_width(evaluated.hr_of(best), evaluated.replicates)


def detectable_difference(evaluated: Evaluated) -> float | None:
    """Half the width of the interval of HR@10 of the best baseline less the second.

    User by user. Two models as far apart as these two need a greater difference than
    this for its interval to be clear of 0.
    """
    best, second = best_two(evaluated)
    paired = differences(evaluated.users[best], evaluated.users[second])
    return half_width(paired.values(), evaluated.replicates)


def audit(result: Result, evaluated: Evaluated) -> dict[str, float | None]:
    """Every figure of the audit, by its name."""
    queries = evaluated.queries
    later = later_train_events(result, queries)
    return {
        "later_train_events_median": median(later) if later else None,
        "later_train_events_max": max(later) if later else None,
        "leaked_events": leaked_events(result, evaluated.split),
        "unknown_labels": unknown_labels(result, queries),
        "unknown_labels_before": unknown_labels_before(result, queries),
        "unseen_items": unseen_items(result, queries),
        "next_id_labels": next_id_labels(queries),
        "repeated_labels": repeated_labels(queries),
        "n_known_median": n_known_median(evaluated.windows),
        "largest_user": largest_user(queries),
        "twin_users": twin_users(result, queries),
        "half_width": best_half_width(evaluated),
        "detectable_difference": detectable_difference(evaluated),
    }


# --- 6.7 Rows ----------------------------------------------------------------

Rows = list[dict[str, str | int | float | None]]


def evaluation_rows(evaluated: Evaluated) -> Rows:
    """One row per baseline and form, in the order of §6.3."""
    rows = []
    for baseline, form in SERIES:
        users = evaluated.users[baseline, form]
        row = {
            "split": evaluated.split,
            "view": evaluated.view,
            "baseline": baseline,
            "form": form,
            "n_users": len(users),
            "n_queries": len(evaluated.queries),
        }
        for name in METRICS:
            values = [getattr(measures, name) for measures in users.values()]
            low, high = interval(values, evaluated.replicates)
            row[name] = rounded(mean(values))
            row[f"{name}_low"], row[f"{name}_high"] = rounded(low), rounded(high)
        rows.append(row)
    return rows


def split_adds_rows(evaluated: Evaluated) -> Rows:
    """One row per part, for markov: split, data, time."""
    rows = []
    for part, (one, other) in PARTS.items():
        paired = differences(
            evaluated.users["markov", one], evaluated.users["markov", other]
        )
        low, high = interval(paired.values(), evaluated.replicates)
        rows.append(
            {
                "split": evaluated.split,
                "view": evaluated.view,
                "part": part,
                "hr": rounded(mean(paired.values())),
                "hr_low": rounded(low),
                "hr_high": rounded(high),
            }
        )
    return rows


def audit_rows(result: Result, evaluated: Evaluated) -> Rows:
    """One row per figure."""
    return [
        {
            "split": evaluated.split,
            "view": evaluated.view,
            "name": name,
            "value": rounded(value),
        }
        for name, value in audit(result, evaluated).items()
    ]


# n_known is 1 or more: a prefix is never empty
BINS = ((1, 2), (3, 5), (6, 10), (11, None))


def known_items_rows(evaluated: Evaluated) -> Rows:
    """One row per baseline, form and bin of n_known that has a query; all windows."""
    known = {(w["user_id"], w["window"]): w["n_known"] for w in evaluated.windows}
    rows = []
    for baseline, form in SERIES:
        for first, last in BINS:
            queries = [
                query
                for query in evaluated.queries
                if first <= known[query.user_id, query.window]
                and (last is None or known[query.user_id, query.window] <= last)
            ]
            users = of_users(evaluated.reached[baseline, form], queries)
            if queries:
                rows.append(
                    {
                        "split": evaluated.split,
                        "baseline": baseline,
                        "form": form,
                        "n_known_from": first,
                        "n_known_to": last,
                        "n_users": len(users),
                        "n_queries": len(queries),
                        "hr": rounded(mean(m.hr for m in users.values())),
                    }
                )
    return rows


def evaluation_of_result(result: Result, settings: Settings) -> dict[str, Rows]:
    """The rows of §6.7 of what `reference.compute` gives.

    A split and view without a query has no rows.
    """
    evaluated = evaluate(result, settings)
    return {
        "evaluation": [row for e in evaluated for row in evaluation_rows(e)],
        "split_adds": [row for e in evaluated for row in split_adds_rows(e)],
        "audit": [row for e in evaluated for row in audit_rows(result, e)],
        "known_items": [
            row for e in evaluated if e.view == "all" for row in known_items_rows(e)
        ],
    }


def evaluation_of(rows: Iterable[Row], settings: Settings) -> dict[str, Rows]:
    """The rows of report.json of raw rows: §6.7's, and `known_items`."""
    return evaluation_of_result(compute(rows, settings), settings)
