"""Reading a published folder as arrays; needs NumPy and pyarrow only."""

from mooc_episodes.loader.batches import Batches
from mooc_episodes.loader.data import Data, open  # noqa: A004, as in __init__.py
from mooc_episodes.loader.episodes import EpisodeBatch, Episodes
from mooc_episodes.loader.folder import FolderError
from mooc_episodes.loader.items import Items
from mooc_episodes.loader.pairs import PairBatch, Pairs
from mooc_episodes.loader.results import Comparison, Result
from mooc_episodes.loader.tables import Table

__all__ = [
    "Batches",
    "Comparison",
    "Data",
    "EpisodeBatch",
    "Episodes",
    "FolderError",
    "Items",
    "PairBatch",
    "Pairs",
    "Result",
    "Table",
    "open",
]
