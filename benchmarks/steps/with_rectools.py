"""RecTools' item ids and a sequence of items per user. Prints JSON."""

import pandas as pd
from rectools import Columns
from rectools.dataset import Dataset
from rectools.models.nn.transformers.data_preparator import SequenceDataset

from common import arguments, print_turn, timed, write_sequences

COLUMNS = {
    "user_id": Columns.User,
    "item_id": Columns.Item,
    "timestamp": Columns.Datetime,
}


def prepare(rows: pd.DataFrame) -> tuple[Dataset, SequenceDataset]:
    """Number users and items, and make the sequences its transformers are given."""
    dataset = Dataset.construct(rows)
    return dataset, SequenceDataset.from_interactions(
        dataset.interactions.df, sort_users=True
    )


def main() -> None:
    """Run the command; its arguments are `sequences` and the folder of its input."""
    _, folder = arguments()
    rows = pd.read_parquet(folder / "log.parquet").rename(columns=COLUMNS)
    rows[Columns.Datetime] = pd.to_datetime(rows[Columns.Datetime], unit="s")
    rows[Columns.Weight] = 1.0
    (dataset, made), seconds = timed(lambda: prepare(rows))
    users = dataset.user_id_map.get_external_sorted_by_internal()
    items = dataset.item_id_map.get_external_sorted_by_internal()
    sequences = ([items[item] for item in session] for session in made.sessions)
    path = folder / "with_rectools.parquet"
    n = write_sequences(path, zip(users, sequences, strict=True))
    print_turn("rectools", seconds, n)


if __name__ == "__main__":
    main()
