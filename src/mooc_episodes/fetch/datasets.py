"""Public datasets that have a preset: where they are and what they hold.

A file counts as the dataset if its content is: columns, rows, users, courses, times
(docs/decisions/0014); the archive's own sha256 is that of another form of it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from mooc_episodes.base.paths import PROJECT

SERVER = "https://dataverse.harvard.edu"
DOI = "10.7910/DVN/BMY3UD"
PAGE = f"https://doi.org/{DOI}"
COLUMNS = ("user_id", "item_id", "watch_percentage", "created_at", "rating")
LICENCE = (
    f"as the archive's page says, {PAGE} (Terms); "
    "read it before you use the data or pass them on"
)
CITATION = (
    'Hafsa, Mounir, 2022, "E-learning Recommender System Dataset" (Mandarine Academy '
    f"Recommender System, MARS), Harvard Dataverse, {PAGE}"
)


class Facts(NamedTuple):
    """What a file of events holds; times in UTC, of the first and the last event.

    The synthetic sample has the counts of MARS, but not its times.
    """

    rows: int
    users: int
    courses: int
    first: str | None
    last: str | None

    def __str__(self) -> str:
        """In words."""
        return (
            f"{self.rows:,} rows, {self.users:,} users, {self.courses:,} courses, "
            f"from {self.first} to {self.last}"
        )


@dataclass(frozen=True)
class Dataset:
    """A file of the archive.

    Attributes:
        name: The preset of dbt_project.yml that builds it.
        file: The file's name when it was uploaded.
        facts: What it holds; None if that is not known beforehand.
    """

    name: str
    file: str
    facts: Facts | None

    @property
    def path(self) -> Path:
        """Where the preset looks for it."""
        return PROJECT / "data" / "raw" / "mars" / self.file


MARS = Facts(3_659, 822, 776, "2018-09-28 14:38:15", "2021-09-20 16:26:06")
DATASETS = {
    "mars": Dataset("mars", "explicit_ratings_en.csv", MARS),
    "mars_fr": Dataset("mars_fr", "explicit_ratings_fr.csv", None),
}
