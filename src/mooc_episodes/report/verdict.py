"""The verdict: what a split can be used for and what not, from its figures."""

from collections import Counter

from mooc_episodes.report.alarms import LEVELS, Alarm
from mooc_episodes.report.evaluation import NOT_BUILT, Figures, items, series_name


def verdict(figures: Figures, alarms: list[Alarm]) -> list[str]:
    """Three sentences: about time, about what to beat, about power and cold start.

    One if there is nothing to say them of.
    """
    if figures.report["evaluation"] is None:
        return [NOT_BUILT]
    if not figures.scores:
        return [
            "No model can be evaluated on test: the evaluation has no query of it, as "
            f"{why_no_query(figures)}."
        ]
    levels = {alarm["name"]: alarm["level"] for alarm in alarms}
    return [
        about_time(figures),
        about_the_bar(figures, levels),
        about_power(figures, levels),
    ]


def why_no_query(figures: Figures) -> str:
    """Why test has no query in the evaluation."""
    taken = {
        (row["split"], row["view"]): row["of"]
        for row in figures.report["evaluation_coverage"] or []
    }
    if taken.get(("test", "all"), 0):
        return "not one window fits into evaluation_budget"
    return "it has no episode"


def about_time(figures: Figures) -> str:
    """Which question about time the split answers."""
    method = figures.settings["split_method"]
    latest = figures.audit("later_train_events_max")
    if latest is None:
        return "No model can be trained on this split: train has no event."
    if method == "new_users":
        worst = figures.greatest("later_train_events_max")
        if worst:
            return (
                "This split must not be used: under new_users no train event may be at "
                "or after a query label of val or test, but for one query "
                f"{worst:.1%} of them are."
            )
        return (
            "This split (new_users) can be used to ask how a model does for users who "
            "come after all that it was trained on: no train event is at or after a "
            "query label of val or test."
        )
    if latest == 0:
        return (
            f"This split ({method}) can be used to ask how a model does for other "
            "users, also later ones: no train event is at or after a query label of "
            "test."
        )
    median = figures.audit("later_train_events_median")
    return (
        f"This split ({method}) can be used to ask how a model carries over to other "
        "users, not how it would have done when they came: of train's events, "
        f"{median:.1%} are at or after the query label of test (median, all windows)."
    )


def about_the_bar(figures: Figures, levels: dict[str, str]) -> str:
    """What a score means: the rule without training that it must beat."""
    best, chance = figures.best, figures.score("random")
    assert best is not None
    assert chance is not None
    found = (
        f"{series_name(best)} has HR@10 {best['hr']:.3f} {interval(best)} and random "
        f"{chance['hr']:.3f}"
    )
    where = "on test (all windows)"
    if levels.get("at_chance") == "red":
        return (
            f"It cannot show what there is to learn: {where} the best rule without "
            f"training is not above chance for certain, {found}."
        )
    ordered = figures.score("next_item")
    if levels.get("id_order") == "red" and ordered is not None:
        return (
            f"A score above chance shows nothing yet: {where} {found}, and “next id” "
            f"alone has {ordered['hr']:.3f}, as ids carry an order."
        )
    return f"A score must be compared with rules without training: {where} {found}."


def interval(row: dict[str, float | None]) -> str:
    """The interval of HR@10, if it is defined."""
    if row["hr_low"] is None:
        return "(no interval)"
    return f"[{row['hr_low']:.3f}, {row['hr_high']:.3f}]"


def about_power(figures: Figures, levels: dict[str, str]) -> str:
    """Which differences can be seen, and whether it is about cold start."""
    n_users = figures.scores[0]["n_users"]
    smallest = figures.audit("detectable_difference")
    if levels.get("test_users") == "red" or smallest is None:
        power = "With one user, test cannot be used to compare models"
    else:
        power = (
            f"With {n_users:,} users, test can be used to distinguish two models whose "
            f"HR@10 differs by more than about {smallest:.3f}, user by user"
        )
    median, k = figures.audit("n_known_median"), figures.settings["episode_k"]
    assert median is not None
    if levels.get("not_cold") == "amber":
        return (
            f"{power}; for cold start use the view first, as the median window begins "
            f"after {items(median)} of its user (K = {k})."
        )
    return (
        f"{power}; it is about cold start, as the median window begins after "
        f"{items(median)} of its user (K = {k})."
    )


def headline(report: dict[str, object], alarms: list[Alarm]) -> str:
    """The verdict in one line, for a terminal.

    Args:
        report: The report, with its evaluation.
        alarms: Its alarms.
    """
    figures = Figures(report, {})
    if report["evaluation"] is None:
        return "the evaluation was not built (models/evaluation was excluded)"
    counted = Counter(alarm["level"] for alarm in alarms)
    levels = ", ".join(f"{counted[level]} {level}" for level in LEVELS)
    best, chance = figures.best, figures.score("random")
    if best is None or chance is None:
        return f"{levels}; test has no query to evaluate"
    if best["hr"] <= chance["hr"]:
        return (
            f"{levels}; on test (all windows) no rule without training is better than "
            f"random, HR@10 {chance['hr']:.3f}"
        )
    return (
        f"{levels}; on test (all windows) {series_name(best)} has HR@10 "
        f"{best['hr']:.3f} without training, random {chance['hr']:.3f}"
    )
