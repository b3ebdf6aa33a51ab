"""Scoring a model as docs/evaluation.md says: which queries, and what they give."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mooc_episodes.base.sentences import AGAIN
from mooc_episodes.contract import MANIFEST
from mooc_episodes.loader.episodes import Episodes
from mooc_episodes.loader.folder import Folder
from mooc_episodes.loader.keys import bootstrap_weights, split_keys
from mooc_episodes.loader.results import Queries

BUDGET, SEED = "evaluation_budget", "split_seed"


def evaluated_setting(folder: Folder, name: str) -> int:
    """A setting that only the evaluation needs.

    Raises:
        FolderError: The folder does not have it.
    """
    value = folder.settings.get(name)
    if type(value) is not int or value < 0:
        what = f"has no setting {name}, which an evaluation needs"
        raise folder.error(MANIFEST, what, AGAIN)
    return value


def within_budget(
    episodes: Episodes, split: str, view: str, n_items: int, seed: int, budget: int
) -> Episodes:
    """As many of the episodes as the budget allows, whole ones, in their order.

    Args:
        episodes: Those of the view.
        split: Their split.
        view: The view.
        n_items: n.
        seed: split_seed of the settings.
        budget: evaluation_budget of the settings: queries times items.

    Raises:
        ValueError: There are none, or the budget allows none.
    """
    if not len(episodes):
        raise ValueError(f"{split} has no episodes, so nothing to evaluate")
    cost = episodes.q * n_items
    if budget < cost:
        raise ValueError(
            f"evaluation_budget is {budget:,}, and one episode costs Q times n "
            f"= {cost:,}: build again with evaluation_budget: {cost} or more"
        )
    n_taken = budget // cost
    if n_taken >= len(episodes):
        return episodes
    numbers = episodes.numbers
    if numbers is None:
        numbers = np.arange(len(episodes))
    users = episodes.positions.users[numbers]
    windows = episodes.positions.window[numbers]
    texts = episodes.prefixes.sequences.ids(users).tolist()
    if view == "all":
        both = zip(texts, windows.tolist(), strict=True)
        texts = [f"{user}:{window}" for user, window in both]
    order = np.lexsort((windows, users, split_keys(seed, texts)))
    return replace(episodes, numbers=np.sort(numbers[order[:n_taken]]))


def numbers_of_users(episodes: Episodes) -> NDArray[Any]:
    """The number of each episode's user."""
    users = episodes.positions.users
    return users if episodes.numbers is None else users[episodes.numbers]


def queries_of(
    episodes: Episodes, folder: Folder, split: str, view: str, seed: int
) -> Queries:
    """The queries of these episodes."""
    users = np.unique(numbers_of_users(episodes))
    ids = episodes.prefixes.sequences.ids(users)
    return Queries(
        folder.dataset,
        folder.fingerprint,
        folder.content(),
        split,
        view,
        len(episodes) * episodes.q,
        ids,
        bootstrap_weights(seed, ids.tolist()),
    )


def means_of_users(
    episodes: Episodes, reached: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Each user's mean over its queries.

    Args:
        episodes: E episodes.
        reached: The measures of each query, [E, Q, M].

    Returns:
        [U, M], users ascending.
    """
    _, places = np.unique(numbers_of_users(episodes), return_inverse=True)
    counts = np.bincount(places) * episodes.q
    sums = [np.bincount(places, own) for own in reached.sum(1).T]
    return np.stack(sums, axis=1) / counts[:, None]
