"""RePlay's splitter, sessionizer and sequence tokenizer. Prints JSON."""

import warnings
from pathlib import Path

import pandas as pd
import polars as pl
from replay.data import (
    Dataset,
    FeatureHint,
    FeatureInfo,
    FeatureSchema,
    FeatureSource,
    FeatureType,
)
from replay.data.nn import (
    SequenceTokenizer,
    TensorFeatureInfo,
    TensorFeatureSource,
    TensorSchema,
)
from replay.preprocessing import Sessionizer
from replay.splitters import ColdUserRandomSplitter

from common import arguments, print_turn, timed, write_sequences

FEATURES = FeatureSchema(
    [
        FeatureInfo("user_id", FeatureType.CATEGORICAL, FeatureHint.QUERY_ID),
        FeatureInfo("item_id", FeatureType.CATEGORICAL, FeatureHint.ITEM_ID),
        FeatureInfo("timestamp", FeatureType.NUMERICAL, FeatureHint.TIMESTAMP),
    ]
)
ITEMS = TensorFeatureInfo(
    "item_id",
    is_seq=True,
    feature_type=FeatureType.CATEGORICAL,
    feature_sources=[TensorFeatureSource(FeatureSource.INTERACTIONS, "item_id")],
    feature_hint=FeatureHint.ITEM_ID,
)


def split(folder: Path) -> tuple[float, int]:
    """Put 15 % of the users into test."""
    rows = pl.read_parquet(folder / "events.parquet")
    splitter = ColdUserRandomSplitter(0.15, seed=1, query_column="user_id")
    parts, seconds = timed(lambda: splitter.split(rows))
    return seconds, sum(len(part) for part in parts)


def sessions(folder: Path) -> tuple[float, int]:
    """Number the sessions."""
    rows = pd.read_parquet(folder / "events.parquet")
    # ours starts a session after more than 1,800 s, RePlay at session_gap or more
    sessionizer = Sessionizer(session_gap=1801)
    done, seconds = timed(lambda: sessionizer.transform(rows))
    return seconds, done["session_id"].nunique()


def sequences(folder: Path) -> tuple[float, int]:
    """Number users and items, and make a sequence of items per user."""
    rows = pl.read_parquet(folder / "log.parquet")
    tokenizer = SequenceTokenizer(TensorSchema(ITEMS))
    made, seconds = timed(lambda: tokenizer.fit_transform(Dataset(FEATURES, rows)))
    users = tokenizer.query_id_encoder.inverse_mapping["user_id"]
    items = tokenizer.item_id_encoder.inverse_mapping["item_id"]
    named = (
        (
            users[query],
            [items[item] for item in made.get_sequence_by_query_id(query, "item_id")],
        )
        for query in made.get_all_query_ids()
    )
    return seconds, write_sequences(folder / "with_replay.parquet", named)


STEPS = {"split": split, "sessions": sessions, "sequences": sequences}


def main() -> None:
    """Run the command; its arguments are a step and the folder of its input."""
    warnings.simplefilter("ignore")
    step, folder = arguments()
    seconds, n = STEPS[step](folder)
    print_turn("replay-rec", seconds, int(n))


if __name__ == "__main__":
    main()
