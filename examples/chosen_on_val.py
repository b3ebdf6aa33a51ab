"""own_model.py by the protocol: stopped on val, three seeds, test once for each.

python examples/chosen_on_val.py data/processed/sample
"""

import copy
import sys
from dataclasses import replace

import numpy as np
import torch
from torch.nn import EmbeddingBag, Linear, Sequential
from torch.nn.functional import cross_entropy

import mooc_episodes
from mooc_episodes.torch import tensors

folder = sys.argv[1] if len(sys.argv) > 1 else "data/processed/sample"

torch.set_num_threads(1)

data = mooc_episodes.open(folder)
n = len(data.items)
pairs = data.pairs("train", max_len=20)


def evaluated(model, split):
    """What a model reaches, each user's first episode."""

    def my_model(batch):
        x = torch.from_numpy(batch.query_x)
        return model(x.flatten(0, 1)).unflatten(0, x.shape[:2])

    return data.evaluate(my_model, split, view="first", like=pairs)


def trained(seed):
    """A model as it was after the epoch that is best on val."""
    torch.manual_seed(seed)
    embedding = EmbeddingBag(n + 1, 32, mode="mean", padding_idx=0)
    model = Sequential(embedding, Linear(32, n))
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.01)
    best, best_epoch = -1.0, 0
    for epoch in range(100):
        batches = pairs.batches(256, shuffle=True, seed=seed, epoch=epoch)
        for batch in map(tensors, batches):
            optimizer.zero_grad()
            cross_entropy(model(batch.x), batch.y).backward()
            optimizer.step()
        ndcg = evaluated(model, "val").ndcg
        if ndcg > best:
            best, best_epoch = ndcg, epoch
            kept = copy.deepcopy(model.state_dict())
        if epoch - best_epoch == 5:
            break
    model.load_state_dict(kept)
    print(f"seed {seed}: best on val after epoch {best_epoch}, ended after {epoch}")
    return model


of_seeds = [evaluated(trained(seed), "test") for seed in range(3)]
# users are the unit: each user's mean over the seeds
values = np.mean([result.values for result in of_seeds], axis=0)
mine = replace(of_seeds[0], values=values)

# the rule to beat is chosen as the model was; `thinned` is a control
on_val, on_test = (data.baselines(split, view="first") for split in ("val", "test"))
rules = [name for name in on_val if not name.endswith(", thinned")]
rule = max(rules, key=lambda name: on_val[name].ndcg)
print("HR@10 of the seeds:", *(f"{result.hr:.4f}" for result in of_seeds))
print(f"best rule on val: {rule}", end="\n\n")
print(mine.table(*(on_test[name] for name in rules)), end="\n\n")
print(mine.compare(on_test[rule]).table())
