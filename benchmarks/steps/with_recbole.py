"""RecBole's data augmentation: a prefix and label per position. Prints JSON."""

import sys
import warnings

from recbole.config import Config
from recbole.data import create_dataset
from recbole.data.dataset.dataset import Dataset

from common import arguments, print_turn, timed

FIELDS = {"USER_ID_FIELD": "user_id", "ITEM_ID_FIELD": "item_id"}


def main() -> None:
    """Run the command; its arguments are `pairs` and the folder of its input."""
    warnings.simplefilter("ignore")
    _, folder = arguments()
    sys.argv = sys.argv[:1]  # RecBole reads the command line too
    config = Config(
        model="GRU4Rec",
        dataset="sequences",
        config_dict={
            "data_path": str(folder),
            "load_col": {"inter": ["user_id", "item_id", "timestamp"]},
            "MAX_ITEM_LIST_LENGTH": 20,
            "train_neg_sample_args": None,
            **FIELDS,
        },
    )
    dataset = create_dataset(config)
    Dataset._change_feat_format(dataset)  # as RecBole does before augmenting
    _, seconds = timed(dataset.data_augmentation)
    print_turn("recbole", seconds, len(dataset.inter_feat))


if __name__ == "__main__":
    main()
