"""Numbers, shares and times as the page writes them."""

from datetime import UTC, datetime


def day(seconds: float) -> str:
    """Epoch seconds as a date."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d}"


def commas(number: float | None) -> str:
    """A number with thousands separators and at most one decimal; "-" for None."""
    return "-" if number is None else f"{number:,.1f}".removesuffix(".0")


def percent(part: float | None, whole: float | None = 1) -> str:
    """A percentage, or "-" if the total is zero or the part is None."""
    return f"{part / whole:.1%}" if whole and part is not None else "-"


def fixed(number: float | None) -> str:
    """A number with three decimals; "-" for None."""
    return "-" if number is None else f"{number:.3f}"


def duration(seconds: float) -> str:
    """Seconds in the largest unit that fits."""
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= size:
            return f"{seconds / size:,.1f} {unit}"
    return f"{seconds:,g} seconds"
