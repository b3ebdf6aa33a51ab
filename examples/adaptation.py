"""Adaptation: gradient steps on an episode's support, and learning to profit from them.

The methods differ in which weights adapt, and at which rates:

- MAML: encoder and head, at one rate. Of first order if `second_order` is false.
- ANIL: the head only, at one rate.
- Meta-SGD: encoder and head, at a rate for each number in them, which is learnt, too.
- Plain: none. Fine-tuning is a plainly trained model that adapts when it is used.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap
from torch.nn.functional import cross_entropy

from mooc_episodes import EpisodeBatch
from mooc_episodes.torch import tensors


@dataclass(frozen=True)
class Learner:
    """A model, and how it adapts to an episode.

    Attributes:
        model: Computes scores [P, n] from prefixes [P, L].
        rates: The rate of each weight that adapts, by name; others stay as they are.
        steps: Gradient steps on the support.
        second_order: Whether a gradient of the query's loss sees that the steps depend
            on the weights they start from; else their slopes count as constants.
    """

    model: nn.Module
    rates: Mapping[str, Tensor | float]
    steps: int = 1
    second_order: bool = True

    def adapted(self, x: Tensor, y: Tensor) -> dict[str, Tensor]:
        """All weights after the steps on one episode's support.

        Args:
            x: The support's prefixes, [K, L].
            y: Its labels, [K].
        """
        weights = dict(self.model.named_parameters())
        own = {name: weights[name] for name in self.rates}

        def loss(own: dict[str, Tensor]) -> Tensor:
            return cross_entropy(functional_call(self.model, weights | own, x), y)

        for _ in range(self.steps if own else 0):
            slopes = grad(loss)(own)
            if not self.second_order:
                slopes = {name: slope.detach() for name, slope in slopes.items()}
            own = {name: own[name] - self.rates[name] * slopes[name] for name in own}
        return weights | own

    def scores(self, batch: EpisodeBatch) -> Tensor:
        """Scores at the queries, [B, Q, n], each episode adapted to its own support."""

        def of_one(support_x: Tensor, support_y: Tensor, query_x: Tensor) -> Tensor:
            own = self.adapted(support_x, support_y)
            return functional_call(self.model, own, query_x)

        of_all = vmap(of_one, randomness="different")  # each its own dropout
        return of_all(batch.support_x, batch.support_y, batch.query_x)

    def loss(self, batch: EpisodeBatch) -> Tensor:
        """The loss at the queries of a batch of tensors."""
        return cross_entropy(self.scores(batch).flatten(0, 1), batch.query_y.flatten())

    def __call__(self, batch: EpisodeBatch) -> Tensor:
        """Scores for `data.evaluate`, which gives a batch of arrays."""
        self.model.eval()
        with torch.no_grad():
            return self.scores(tensors(batch))


def one_rate(model: nn.Module, rate: float, *parts: str) -> dict[str, float]:
    """The same rate for all weights of these parts of a model.

    >>> one_rate(nn.ModuleDict({"body": nn.Linear(1, 1), "head": nn.Linear(1, 1)}),
    ...          0.1, "head")
    {'head.weight': 0.1, 'head.bias': 0.1}
    """
    names = (name for name, _ in model.named_parameters())
    return {name: rate for name in names if name.split(".")[0] in parts}


def learnt_rates(model: nn.Module, rate: float, *parts: str) -> dict[str, nn.Parameter]:
    """A rate to be learnt for each number in these parts' weights.

    Args:
        model: The model.
        rate: What they start from.
        parts: Names of its submodules.
    """
    weights = dict(model.named_parameters())
    return {
        name: nn.Parameter(torch.full_like(weights[name], rate))
        for name in one_rate(model, rate, *parts)
    }
