"""The model: a GRU reads a prefix, a head turns what it read into a score of each item.

It is written out rather than taken from torch.nn, because `vmap` cannot give each
episode its own weights of torch.nn.GRU.
"""

import torch
from torch import Tensor, nn


class GRU(nn.Module):
    """Reads vectors one after the other and returns its last state."""

    def __init__(self, width: int) -> None:
        """Make its weights.

        Args:
            width: Of the vectors and of the state.
        """
        super().__init__()
        self.reads = nn.Linear(width, 3 * width)
        self.remembers = nn.Linear(width, 3 * width)

    def forward(self, vectors: Tensor, mask: Tensor) -> Tensor:
        """The state after the last item; padding leaves it as it is.

        Args:
            vectors: [P, L, width].
            mask: Where there is an item, bool [P, L].

        Returns:
            [P, width].
        """
        read = self.reads(vectors)
        state = torch.zeros_like(vectors[:, 0])
        for step in range(vectors.shape[1]):
            reset, update, new = read[:, step].chunk(3, -1)
            own_reset, own_update, own_new = self.remembers(state).chunk(3, -1)
            kept = torch.sigmoid(update + own_update)
            found = torch.tanh(new + torch.sigmoid(reset + own_reset) * own_new)
            found = found + kept * (state - found)
            state = torch.where(mask[:, step, None], found, state)
        return state


class Recommender(nn.Module):
    """Scores of all items after each prefix.

    An item has one vector, in prefixes and as a candidate. The encoder and the head are
    what a user may change (adaptation.py); the items are the same for all users.
    """

    def __init__(self, n_items: int, width: int = 64, dropout: float = 0.2) -> None:
        """Make its weights.

        Args:
            n_items: n.
            width: Of an item's vector.
            dropout: Share of the vectors' numbers that training leaves out.
        """
        super().__init__()
        self.items = nn.Embedding(n_items + 1, width, padding_idx=0)
        self.bias = nn.Parameter(torch.zeros(n_items))
        self.dropout = nn.Dropout(dropout)
        self.encoder = GRU(width)
        self.head = nn.Linear(width, width)
        nn.init.normal_(self.items.weight[1:], std=width**-0.5)

    def forward(self, x: Tensor) -> Tensor:
        """Score all items.

        Args:
            x: Prefixes, [P, L]: 0 is padding, an item is item_id + 1.

        Returns:
            [P, n]; column i is item_id i.
        """
        state = self.encoder(self.dropout(self.items(x)), x > 0)
        return self.head(state) @ self.items.weight[1:].T + self.bias
