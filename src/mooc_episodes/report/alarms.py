"""Alarms: what a user of the split must know, each with its thresholds and source.

RULES has the thresholds, but for dates and ties those of report_plausibility.sql;
docs/evaluation.md lists them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, get_args

from mooc_episodes.report.evaluation import Figures, items, series_name

Level = Literal["red", "amber", "green"]
LEVELS: tuple[Level, ...] = get_args(Level)
Alarm = dict[str, Any]
# what a sentence is made of; `value` is what the thresholds are for
Measured = dict[str, Any] | None

SUN = "Sun et al., TOIS 2023, arXiv 2010.11060"
SPLITLIGHT = "SplitLight's limits for cold items (arXiv 2602.19339, summary.yml)"
ABOUT_DATES = {
    "events_before_1990",
    "days_with_events",
    "share_of_events_at_midnight",
    "share_of_events_tied",
}


@dataclass(frozen=True)
class Rule:
    """An alarm as data.

    Attributes:
        name: Its name.
        measure: Finds what the sentences need; None if it is not defined.
        fact: The figure in words, the same at every level.
        green: What it means if no threshold is passed.
        source: Where the thresholds come from.
        amber: The value above which it is amber; None if it never is.
        red: The value above which it is red; None if it never is.
        alarm: What it means at amber or red.
        from_below: Whether it is the values at or below a threshold that pass it.
    """

    name: str
    measure: Callable[[Figures], Measured]
    fact: str
    green: str
    alarm: str
    source: str
    amber: float | None = None
    red: float | None = None
    from_below: bool = False

    def passes(self, value: float, threshold: float | None) -> bool:
        """Whether a value passes a threshold, if there is one."""
        if threshold is None:
            return False
        return value <= threshold if self.from_below else value > threshold

    def level(self, value: float) -> Level:
        """The level of a value."""
        if self.passes(value, self.red):
            return "red"
        return "amber" if self.passes(value, self.amber) else "green"

    def threshold(self, level: Level) -> float | None:
        """The threshold passed, or for green the first one that is not."""
        if level == "red":
            return self.red
        return self.red if self.amber is None else self.amber


def of_audit(name: str) -> Callable[[Figures], Measured]:
    """A measure that is a figure of the audit."""

    def measure(figures: Figures) -> Measured:
        value = figures.audit(name)
        return None if value is None else {"value": value}

    return measure


def users_with_query(figures: Figures) -> Measured:
    """How many users of test have a query."""
    if figures.report["evaluation"] is None:
        return None
    return {"value": figures.scores[0]["n_users"] if figures.scores else 0}


def id_order(figures: Figures) -> Measured:
    """How many times the HR@10 of `random` that of `next_item` is."""
    ordered, chance = figures.score("next_item"), figures.score("random")
    if ordered is None or chance is None:
        return None
    return {
        "value": round(ordered["hr"] / chance["hr"], 6),
        "hr": ordered["hr"],
        "chance": chance["hr"],
    }


def later_train_events(figures: Figures) -> Measured:
    """The greatest share of later train events, under methods that allow any."""
    value = figures.audit("later_train_events_max")
    if value is None or figures.settings["split_method"] == "new_users":
        return None
    return {"value": value, "median": figures.audit("later_train_events_median")}


def forbidden_train_events(figures: Figures) -> Measured:
    """The same of val and test, under the method that allows none."""
    value = figures.greatest("later_train_events_max")
    if value is None or figures.settings["split_method"] != "new_users":
        return None
    return {"value": value}


def not_cold(figures: Figures) -> Measured:
    """By how many items the median n_known is above K."""
    median, k = figures.audit("n_known_median"), figures.settings["episode_k"]
    if median is None:
        return None
    return {"value": median - k, "known": items(median), "k": k}


def above_chance(figures: Figures) -> Measured:
    """How many times chance the lower end of the best baseline's interval is."""
    best, chance = figures.best, figures.score("random")
    if best is None or chance is None or best["hr_low"] is None:
        return None
    return {
        "value": round(best["hr_low"] / chance["hr"], 6),
        "best": series_name(best),
        "low": best["hr_low"],
        "chance": chance["hr"],
    }


def near_one(figures: Figures) -> Measured:
    """HR@10 of the best baseline."""
    best = figures.best
    return None if best is None else {"value": best["hr"], "best": series_name(best)}


def tied_labels(figures: Figures) -> Measured:
    """The share of tied labels, of all splits."""
    value = figures.report["metrics"].get("labels_tied_share")
    return None if value is None else {"value": value}


def implausible_dates(figures: Figures) -> Measured:
    """How many figures about dates look odd; None if the report has none."""
    if "plausibility" not in figures.report:
        return None
    odd = [
        row["name"]
        for row in figures.report["plausibility"]["values"]
        if row["is_warning"] and row["name"] in ABOUT_DATES
    ]
    return {"value": len(odd), "names": ", ".join(odd) or "none"}


RULES = [
    Rule(
        "forbidden_train_events",
        forbidden_train_events,
        "Val and test, both views: up to {value:.1%} of train's events are at or after "
        "a query label.",
        "Nothing that a model learns from train was later than what it must predict.",
        "Under new_users there may be none: do not use this split.",
        "the method: every train event is before T_val",
        red=0,
    ),
    Rule(
        "later_train_events",
        later_train_events,
        "Test, all windows: {median:.1%} of train's events are at or after the query "
        "label (median), at most {value:.1%}.",
        "Nothing that a model learns from train was later than what it must predict.",
        "Good for how a model carries over to other users, not for how it would have "
        "done at the time; for that, set split_method: new_users.",
        f"{SUN}; SplitLight, which warns above 0",
        amber=0,
    ),
    Rule(
        "id_order",
        id_order,
        'Test, all windows: the rule "next id" has HR@10 {hr:.3f}, {value:.1f} times '
        "that of random, {chance:.3f}.",
        "The ids' order does not help far beyond chance.",
        "Ids carry an order that a model can use; vocab_order: shuffled takes it away.",
        "measured: 41 times on MARS EN and 57 on MARS FR, whose ids follow the "
        "curriculum; github.com/jeykigung/P5/pull/3",
        red=5,
    ),
    Rule(
        "unknown_labels_before",
        of_audit("unknown_labels_before"),
        "Test, all windows: in {value:.1%} of the queries train has no event on the "
        "label before its time.",
        "Train knows nearly all of what is to be predicted by then.",
        "What train had by then does not know these labels; report the score without "
        "them, too.",
        SPLITLIGHT,
        amber=0.03,
        red=0.15,
    ),
    Rule(
        "unseen_items",
        of_audit("unseen_items"),
        "Test, all windows: {value:.1%} of the items have no event before the label, "
        "on average.",
        "Nearly all candidates were there at the time.",
        "They are ranked all the same, so a rank is not that of the time.",
        f"{SUN}; the limit is taken from {SPLITLIGHT}",
        amber=0.03,
    ),
    Rule(
        "test_users",
        users_with_query,
        "Test, all windows: users with a query: {value:,}.",
        "Intervals are over users.",
        "There is no interval over users, so nothing can be said of other users.",
        "definition: an interval over users takes two",
        red=1,
        from_below=True,
    ),
    Rule(
        "few_users",
        of_audit("half_width"),
        "Test, all windows: the interval of the best baseline's HR@10 has a half-width "
        "of {value:.3f}.",
        "Users are enough for a figure of HR@10 to be read to one digit.",
        "Too few users to compare models by their separate figures; compare them user "
        "by user.",
        "measured: 0.145 for the 21 users of MARS EN, 0.031 for the 385 of MARS FR; "
        "Ihemelandu & Ekstrand, 2021, arXiv 2109.06424, on why",
        red=0.05,
    ),
    Rule(
        "largest_user",
        of_audit("largest_user"),
        "Test, all windows: {value:.1%} of the queries are of one user.",
        "No one user weighs much among them.",
        "One user weighs that much in a mean over queries; take means over users, as "
        "here.",
        "measured: 28 % on MARS EN, 5.6 % on MARS FR",
        amber=0.1,
    ),
    Rule(
        "not_cold",
        not_cold,
        "Test, all windows: the median window begins after {known} of its "
        "user; K = {k}.",
        "The median window begins with no more known items than support labels.",
        "This view is not about cold start; the view first is.",
        "definition: K pairs are what a cold-start model may know",
        amber=0,
    ),
    Rule(
        "at_chance",
        above_chance,
        "Test, all windows: the interval of the best baseline, {best}, begins at HR@10 "
        "{low:.3f}, {value:.1f} times random's {chance:.3f}.",
        "A rule without training is above chance.",
        "No baseline is above chance for certain: what a model could learn is not "
        "shown.",
        "definition: the interval includes chance",
        red=1,
        from_below=True,
    ),
    Rule(
        "near_one",
        near_one,
        "Test, all windows: the best baseline, {best}, has HR@10 {value:.3f}.",
        "There is room above it.",
        "There is little room for a model to be better.",
        "RecBole-MetaRec's table for ML-1M, where HR@5 1.000 shows a task of ranking "
        "ten known items",
        amber=0.9,
    ),
    Rule(
        "twin_users",
        of_audit("twin_users"),
        "Test, all windows: {value:.2%} of the users have a sequence that a train user "
        "has too.",
        "Next to none are copied.",
        "They may be copied accounts or robots; a model can have seen the answer.",
        "measured: none on MARS EN",
        amber=0.001,
    ),
    Rule(
        "tied_labels",
        tied_labels,
        "All splits: {value:.1%} of the labels have another event of the user at the "
        "same time.",
        "The order of the others is known.",
        "Their order is not known but drawn by a key.",
        "measured: 0.1 % on MARS EN, half on MovieLens-100k; "
        "github.com/yueqirex/LRURec/issues/1 on what ties do",
        amber=0.01,
        red=0.5,
    ),
    Rule(
        "implausible_dates",
        implausible_dates,
        "All events: figures about dates that look odd: {names}.",
        "Dates look like dates.",
        "What they cause and which setting mends it is under “What looks odd”.",
        "report_plausibility",
        amber=0,
    ),
]


def alarms(figures: Figures) -> list[Alarm]:
    """A row for each alarm whose figure is defined, in the order of RULES."""
    return [
        alarm(rule, measured)
        for rule in RULES
        if (measured := rule.measure(figures)) is not None
    ]


def alarm(rule: Rule, measured: dict[str, Any]) -> Alarm:
    """The row of an alarm."""
    level = rule.level(measured["value"])
    meaning = rule.green if level == "green" else rule.alarm
    return {
        "name": rule.name,
        "level": level,
        "value": measured["value"],
        "threshold": rule.threshold(level),
        "sentence": f"{rule.fact.format(**measured)} {meaning}",
        "source": rule.source,
    }
