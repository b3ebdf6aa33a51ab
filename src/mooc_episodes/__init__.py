"""Few-shot training data for cold-start recommenders, from learner-course events."""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from mooc_episodes.loader import (
        Batches,
        Comparison,
        Data,
        EpisodeBatch,
        Episodes,
        FolderError,
        Items,
        PairBatch,
        Pairs,
        Result,
        Table,
        open,  # noqa: A004, as in mooc_episodes.open(folder)
    )

# the loader's, imported when first used: the commands need no NumPy
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


def __getattr__(name: str) -> Any:
    """The loader's names."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from mooc_episodes import loader

    return getattr(loader, name)


def __dir__() -> list[str]:
    """All names, those of the loader included."""
    return sorted({*globals(), *__all__})
