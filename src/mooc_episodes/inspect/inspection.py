"""A look at a file: what it is, the settings that read it, the command to run."""

import json
import math
import re
import shlex
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from mooc_episodes.base.errors import UserError
from mooc_episodes.base.paths import PROJECT, relative
from mooc_episodes.base.sentences import have_another_form
from mooc_episodes.inspect.choices import find
from mooc_episodes.inspect.guess import Guess, choose, dataset_name
from mooc_episodes.inspect.links import Links, links_to
from mooc_episodes.inspect.reading import Reading, project_vars, read
from mooc_episodes.inspect.sample import BYTES, Choice, Sample, absolute, take
from mooc_episodes.inspect.table import Table, tables

GIB = 1 << 30
PREFIX = 50
WORDS_OF_YAML = {"null", "true", "false", "yes", "no", "on", "off", "y", "n"}


@dataclass(frozen=True)
class Inspection:
    """What is known of the input.

    Attributes:
        sample: What was looked at.
        table: Its columns and rows.
        guess: Which column is what.
        reading: What the build makes of it.
        dataset: The name proposed.
        settings: The settings proposed, without raw_events.
        notes: What to look out for.
        k: Support pairs of an episode, as proposed.
        q: Query pairs.
        others: Other readings: what would be the case, and all settings proposed then.
    """

    sample: Sample
    table: Table
    guess: Guess
    reading: Reading
    dataset: str
    settings: dict[str, Any]
    notes: list[str]
    k: int
    q: int
    others: list[tuple[str, dict[str, Any]]]

    @property
    def has_nothing_to_build(self) -> bool:
        """Whether all of the input was read and has no pair."""
        return self.sample.is_whole and not self.reading.has_pairs

    @property
    def raw_events(self) -> str:
        """The input's path, for the project's folder."""
        links = self.links
        return links.raw_events if links else from_project(self.sample.given)

    @property
    def links(self) -> Links | None:
        """Links to the files, if their ending is not one that is read."""
        return links_to(self.sample, self.dataset)

    @property
    def link(self) -> str:
        """A command to run first, for files with an ending that is not read."""
        links = self.links
        return f"{links.command} && " if links else ""

    def command(self, settings: dict[str, Any] | None = None) -> str:
        """The command that builds it, for a shell in the project's folder."""
        chosen = {"preset": "sample", **(settings or self.settings)}
        raw_events = shlex.quote(self.raw_events.replace("$", "$$"))
        return (
            f"{self.link}make run DATASET={self.dataset} RAW_EVENTS={raw_events} "
            f"VARS='{flow(chosen)}'"
        )

    def preset(self) -> str:
        """The lines for dbt_project.yml, under presets."""
        lines = {"raw_events": self.raw_events, **self.settings}
        return "\n".join(
            [
                f"    {self.dataset}:",
                "      <<: *defaults",
                *(f"      {name}: {flow(value)}" for name, value in lines.items()),
            ]
        )


def inspect(given: str) -> Inspection:
    """Look at a file, a folder or a glob.

    Raises:
        UserError: It cannot be used; the line says why.
        duckdb.Error: It cannot be read.
    """
    errors: list[str] = []
    choices = find(given)
    for choice in choices:
        try:
            return look_at(choice)
        except UserError as error:
            errors.append(str(error))
    rest = choices[0].rest
    raise UserError(errors[0] + (f"; the folder also has {rest}" if rest else ""))


def look_at(choice: Choice) -> Inspection:
    """Look at files that are read together.

    Raises:
        UserError: They cannot be used; the line says why.
        duckdb.Error: They cannot be read.
    """
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place).resolve()
        sample = take(choice, folder)
        try:
            table, guess = choose(sample, with_rows(sample, tables(sample)))
            reading = read(sample, guess.settings)
        except (UserError, duckdb.Error) as error:
            # the copies have the names of the files
            message = str(error)
            for path, copy in zip(sample.files, sample.copies, strict=True):
                message = message.replace(str(copy), str(path))
            raise type(error)(message.replace(sample.pattern, sample.given)) from None
        if reading.n_read:
            return propose(sample, table, guess, reading)
    reasons = "; ".join(
        reason + ": " * bool(values) + ", ".join(repr(value) for value in values)
        for reason, _, values in reading.unread
    )
    raise UserError(
        f"{choice.pattern}: no row has a user, an item and a time ({reasons})"
    )


def other_readings(sample: Sample, guess: Guess) -> list[tuple[str, dict[str, Any]]]:
    """What else the input may be, if there is something to build then."""
    found = []
    for why, change in guess.others:
        settings = changed(guess.settings, change)
        try:
            reading = read(sample, settings)
        except (UserError, duckdb.Error):
            continue
        if not reading.n_read or (sample.is_whole and not reading.has_pairs):
            continue
        fit = fitted(sample, reading, settings)
        if "max_rejected_fraction" in fit.settings:
            n_unread = reading.n_rows - reading.n_read
            why += f", and {n_unread:,} of {reading.n_rows:,} rows are left out"
        found.append((why, fit.settings))
    return found


def changed(settings: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """Settings with a change; None takes one away."""
    return {
        name: value
        for name, value in {**settings, **change}.items()
        if value is not None
    }


def with_rows(sample: Sample, found: list[Table]) -> list[Table]:
    """The tables that have rows.

    Raises:
        UserError: None has.
    """
    filled = [table for table in found if table.rows]
    if not filled and not sample.is_whole:
        raise UserError(
            f"{sample.files[0]}, line 2: no end of the line in the first "
            f"{BYTES // len(sample.files) >> 10} KiB; give text with a row a line"
        )
    if not filled:
        raise UserError(
            f"{sample.files[0]}: a header and no rows; give a file with rows"
        )
    return filled


def propose(sample: Sample, table: Table, guess: Guess, reading: Reading) -> Inspection:
    """The settings, and what to say with them."""
    known = project_vars()["presets"]
    dataset = dataset_name(sample.given, {*known, "main", "warehouse"})
    links = links_to(sample, dataset)
    fit = fitted(sample, reading, guess.settings)
    notes = [
        *sample.notes,
        *guess.notes,
        *([links.note] if links else []),
        *fit.notes,
        *doubts(reading, fit.settings),
        *(in_several_files(sample) if guess.columns["user_id"] != "filename" else []),
    ]
    return Inspection(
        sample=sample,
        table=table,
        guess=guess,
        reading=reading,
        dataset=dataset,
        settings=fit.settings,
        notes=notes,
        k=fit.k,
        q=fit.q,
        others=other_readings(sample, guess),
    )


@dataclass(frozen=True)
class Fit:
    """The settings with those that go by what is read.

    Attributes:
        settings: All of them.
        notes: Why those are needed.
        k: Support pairs of an episode.
        q: Query pairs.
    """

    settings: dict[str, Any]
    notes: list[str]
    k: int
    q: int


def fitted(sample: Sample, reading: Reading, given: dict[str, Any]) -> Fit:
    """The size of episodes, and the limits that the rows exceed."""
    defaults = project_vars()["presets"]["sample"]
    settings, notes = dict(given), []
    k, q = episode_size(reading, sample, defaults["episode_k"], defaults["episode_q"])
    if not reading.has_pairs:
        k, q = defaults["episode_k"], defaults["episode_q"]
    if (k, q) != (defaults["episode_k"], defaults["episode_q"]):
        settings |= {"episode_k": k, "episode_q": q}
        notes.append(
            f"no user has {defaults['episode_k'] + defaults['episode_q']} pairs, which "
            f"an episode of the default size needs: episode_k: {k}, episode_q: {q}"
        )
    n_unread = reading.n_rows - reading.n_read
    share = n_unread / reading.n_rows
    if share > defaults["max_rejected_fraction"]:
        allowed = min(math.ceil(share * 100 + 1) / 100, 1.0)
        settings["max_rejected_fraction"] = allowed
        notes.append(
            f"{n_unread:,} of {reading.n_rows:,} rows cannot be read and would be left "
            "out: max_rejected_fraction allows it; leave it out to have the build stop "
            "instead"
        )
    if reading.other_form:
        form, n_rows, first = reading.other_form
        notes.append(
            f"{n_rows:,} rows that cannot be read {have_another_form(first, form)}"
        )
    size = reading.n_prefix_items * 8 * (1 + (k + q) / q) / max(sample.share, 1e-9)
    if size > defaults["max_prefix_gib"] * GIB:
        settings["max_prefix_len"] = PREFIX
        notes.append(
            f"histories are long: max_prefix_len keeps the last {PREFIX} items of each "
            f"prefix; all would take about {size / GIB:,.0f} GiB"
        )
    return Fit(settings, notes, k, q)


def episode_size(reading: Reading, sample: Sample, k: int, q: int) -> tuple[int, int]:
    """K and Q for which a user has an episode; the defaults if the sample is a part."""
    if reading.n_with(k + q)[1] or not sample.is_whole:
        return k, q
    most = max((pairs for _, pairs in reading.of_users), default=0)
    return max(most // 2, 1), max(most - most // 2, 1)


def doubts(reading: Reading, settings: dict[str, Any]) -> list[str]:
    """What is read but seems wrong."""
    found = []
    if reading.n_tied > reading.n_read / 2:
        found.append(
            f"{reading.n_tied:,} of {reading.n_read:,} events are tied: their user has "
            "another at the same time, so they give few pairs"
        )
    most = max((pairs for _, pairs in reading.of_users), default=0)
    if most == 0:
        found.append(
            "no user has two items at two times: there is no pair, and nothing to build"
        )
    if most == 1:
        found.append(
            "no user has two pairs, which the smallest episode needs: the build makes "
            "pairs, but no episode"
        )
    first, last = reading.first, reading.last
    is_allowed = settings.get("implausible_times") == "allow"
    if first and last and not is_allowed and (first.year < 1990 or last.year > 2100):
        found.append(
            f"times from {first.year} to {last.year}: outside 1990 to 2100 the build "
            "stops, unless implausible_times is allow"
        )
    return found


def in_several_files(sample: Sample) -> list[str]:
    """Rows that more than one file has."""
    if sample.is_parquet or len(sample.copies) < 2:
        return []
    seen: set[bytes] = set()
    found = []
    for path, copy in zip(sample.files, sample.copies, strict=True):
        first, *rest = copy.read_bytes().splitlines()
        # a header is in each
        n_again = sum(line in seen for line in rest if line)
        if n_again:
            found.append(f"{n_again:,} rows of {path.name} are in another file as well")
        seen |= {first, *rest}
    return found[:3]


def from_project(given: str) -> str:
    """A path or glob from the project's folder; from the root if it is elsewhere."""
    path = absolute(given)
    inside = relative(Path(path))
    return path if inside.startswith("../") or not PROJECT.exists() else inside


def flow(value: Any) -> str:
    """A value as YAML on one line, which needs no care between single quotes."""
    if isinstance(value, dict):
        return (
            "{" + ", ".join(f"{name}: {flow(one)}" for name, one in value.items()) + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(flow(one) for one in value) + "]"
    if not isinstance(value, str):
        return json.dumps(value)
    is_word = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", value)
    if is_word and value.lower() not in WORDS_OF_YAML:
        return value
    text = json.dumps(value, ensure_ascii=False)
    # make and the shell would change these
    return text.replace("'", "\\u0027").replace("$", "\\u0024")
