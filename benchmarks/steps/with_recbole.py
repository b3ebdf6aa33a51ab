"""RecBole's data augmentation: a prefix and label per position. Prints JSON."""

import json
import resource
import sys
import time
import warnings

from recbole.config import Config
from recbole.data import create_dataset
from recbole.data.dataset.dataset import Dataset

FIELDS = {"USER_ID_FIELD": "user_id", "ITEM_ID_FIELD": "item_id"}


def main() -> None:
    """Run the command; its arguments are `pairs` and the folder of its input."""
    warnings.simplefilter("ignore")
    folder = sys.argv[2]
    sys.argv = sys.argv[:1]  # RecBole reads the command line too
    config = Config(
        model="GRU4Rec",
        dataset="sequences",
        config_dict={
            "data_path": folder,
            "load_col": {"inter": ["user_id", "item_id", "timestamp"]},
            "MAX_ITEM_LIST_LENGTH": 20,
            "train_neg_sample_args": None,
            **FIELDS,
        },
    )
    dataset = create_dataset(config)
    Dataset._change_feat_format(dataset)  # as RecBole does before augmenting
    start = time.perf_counter()
    dataset.data_augmentation()
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    n = len(dataset.inter_feat)
    print(json.dumps({"seconds": seconds, "n": n, "peak_mib": peak}))


if __name__ == "__main__":
    main()
