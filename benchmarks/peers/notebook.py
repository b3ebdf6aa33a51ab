"""The algorithm of the notebook that this project replaces, in pandas, with bugs fixed.

The structure is the same: string session ids, a lambda for a session's course, a loop
over users for the pairs, a scan of all pairs of a split for each user's episodes. What
is fixed: the gap is the one from the previous event, times do not depend on the unit
pandas parses to, ties have an order. Users are split as in the project instead of being
shuffled, so that results can be compared. Prefixes are capped. Like the notebook, it
searches for the latest time before a label from the user's first event; `--cap-times`
shows what this costs.
"""

from typing import Any

import pandas as pd
import pyarrow as pa

from common import (
    SESSION_GAP_SECONDS,
    SPLITS,
    Job,
    job_options,
    split_key,
    split_users,
    write_json,
)

PREFIXES = pa.list_(pa.list_(pa.int64()))
LABELS = pa.list_(pa.int64())
NUMBER = pa.int64()
PAIRS = pa.schema(
    {
        "pair_id": NUMBER,
        "user_id": NUMBER,
        "prefix": LABELS,
        "label": NUMBER,
        "label_ts_epoch": NUMBER,
        "prefix_len": NUMBER,
    }
)
EPISODES = pa.schema(
    {
        "episode_id": NUMBER,
        "user_id": NUMBER,
        "support_prefixes": PREFIXES,
        "support_labels": LABELS,
        "query_prefixes": PREFIXES,
        "query_labels": LABELS,
        "n_support": NUMBER,
        "n_query": NUMBER,
    }
)
REJECTED = ["user_id", "item_id", "created_at", "watch_percentage", "rating", "reason"]


def read_events(job: Job) -> pd.DataFrame:
    """The readable events, in order; rejected rows are written to their own file."""
    events = pd.read_parquet(job.events)
    events["watch_percentage"] = float("nan")
    events["rating"] = float("nan")
    blank = events["item_id"].str.strip(" \t\n\v\f\r") == ""
    missing = pd.DataFrame(
        {
            "user_id": events["user_id"].isna(),
            "item_id": events["item_id"].isna() | blank,
            "created_at": events["created_at"].isna(),
        }
    )
    is_rejected = missing.any(axis=1)
    rejected = events[is_rejected].astype({"user_id": "Int64"}).astype("string")
    times = events.loc[is_rejected, "created_at"].dt.strftime("%Y-%m-%d %H:%M:%S.%f")
    rejected["created_at"] = times.str.rstrip("0").str.rstrip(".")
    rejected["watch_percentage"] = rejected["rating"] = None
    rejected["reason"] = [
        "; ".join(f"missing {name}" for name in missing if row[name])
        for _, row in missing[is_rejected].iterrows()
    ]
    rejected = rejected.sort_values(
        ["user_id", "item_id", "created_at"], na_position="first"
    )
    schema = pa.schema({name: pa.string() for name in REJECTED})
    write(rejected[REJECTED], job, "quality/rejected_events.parquet", schema)

    events = events[~is_rejected].astype({"user_id": "int64"})
    events["ts"] = pd.to_datetime(events["created_at"], utc=True).dt.as_unit("us")
    events["ts_epoch"] = events["ts"].astype("int64") // 10**6
    events["course_id"] = events["item_id"]
    user_keys = {user: split_key(user) for user in events["user_id"].unique()}
    course_keys = {name: split_key(name) for name in events["course_id"].unique()}
    events["tie_key"] = events["user_id"].map(user_keys) ^ events["course_id"].map(
        course_keys
    )
    order = ["user_id", "ts", "tie_key", "course_id"]
    return events.sort_values(order).reset_index(drop=True)


def sessionize(events: pd.DataFrame, job: Job) -> pd.DataFrame:
    """Assign events to sessions and write both artifacts."""
    events["gap"] = events.groupby("user_id")["ts"].diff()
    longest = pd.Timedelta(seconds=SESSION_GAP_SECONDS)
    events["new_session"] = (events["gap"] > longest) | events["gap"].isna()
    events["sess_num"] = events.groupby("user_id")["new_session"].cumsum()
    events["session_id"] = (
        events["user_id"].astype(str)
        + "_"
        + events["sess_num"].astype(str).str.zfill(4)
    )
    events["pos_in_sess"] = events.groupby("session_id").cumcount() + 1
    lengths = events.groupby("session_id").size().rename("sess_len")
    events = events.merge(
        lengths.to_frame(), left_on="session_id", right_index=True, how="left"
    )
    sessions = (
        events.groupby("session_id", sort=False)
        .agg(
            {
                "user_id": "first",
                "course_id": lambda x: x.mode()[0],
                "ts_epoch": ["min", "max", "count"],
            }
        )
        .reset_index()
    )
    sessions.columns = [
        *("session_id", "user_id", "course_id", "start_ts", "end_ts", "n_events")
    ]
    sessions["duration_sec"] = sessions["end_ts"] - sessions["start_ts"]
    write(sessions, job, "sessions/sessions.parquet")
    columns = [
        *("user_id", "course_id", "session_id", "ts", "ts_epoch", "pos_in_sess"),
        *("sess_len", "item_id", "watch_percentage", "rating"),
    ]
    write(events[columns].copy(), job, "sessions/events_sessionized.parquet")
    return events


def make_pairs(
    events: pd.DataFrame, max_prefix_len: int, cap_times: bool
) -> pd.DataFrame:
    """The prefix and label at each position of each user's sequence."""
    user_seqs = []
    for user_id, unordered in events.groupby("user_id"):
        group = unordered.sort_values("ts", kind="stable")
        item_seq = group["item_id"].tolist()
        ts_seq = group["ts"].astype("int64").tolist()
        deduped_items = []
        deduped_ts = []
        for i, item in enumerate(item_seq):
            if i == 0 or item != item_seq[i - 1]:
                deduped_items.append(item)
                deduped_ts.append(ts_seq[i])
        user_seqs.append(
            {"user_id": user_id, "item_seq": deduped_items, "ts_seq": deduped_ts}
        )
    pairs: list[dict[str, Any]] = []
    for user_seq in user_seqs:
        item_seq = user_seq["item_seq"]
        ts_seq = user_seq["ts_seq"]
        for t in range(1, len(item_seq)):
            prefix = item_seq[:t][-max_prefix_len:]
            prefix_ts = ts_seq[t - len(prefix) : t] if cap_times else ts_seq[:t]
            if max(prefix_ts) >= ts_seq[t]:
                continue
            pairs.append(
                {
                    "pair_id": len(pairs),
                    "user_id": user_seq["user_id"],
                    "prefix": prefix,
                    "label": item_seq[t],
                    "label_ts_epoch": ts_seq[t] // 10**6,
                    "prefix_len": len(prefix),
                }
            )
    return pd.DataFrame(pairs, columns=PAIRS.names)


def make_episodes(
    pairs_split: pd.DataFrame, users: list[int], k: int, q: int
) -> pd.DataFrame:
    """Windows of K support and Q query pairs over each user's pairs."""
    episodes: list[dict[str, Any]] = []
    for user_id in users:
        user_pairs = pairs_split[pairs_split["user_id"] == user_id].sort_values(
            "label_ts_epoch"
        )
        for start in range(0, len(user_pairs) - k - q + 1, q):
            support = user_pairs.iloc[start : start + k]
            query = user_pairs.iloc[start + k : start + k + q]
            episodes.append(
                {
                    "episode_id": len(episodes),
                    "user_id": user_id,
                    "support_prefixes": support["prefix"].tolist(),
                    "support_labels": support["label"].tolist(),
                    "query_prefixes": query["prefix"].tolist(),
                    "query_labels": query["label"].tolist(),
                    "n_support": len(support),
                    "n_query": len(query),
                }
            )
    return pd.DataFrame(episodes, columns=EPISODES.names)


def write_items(events: pd.DataFrame, train: list[int], job: Job) -> None:
    """Write when each item was first seen, and what train has of it."""
    items = events.groupby(["item_id", "course_id"])["ts_epoch"].min()
    of_train = events[events["user_id"].isin(train)].groupby("item_id")["user_id"]
    rows = items.rename("first_ts_epoch").reset_index()
    for name, counts in (
        ("n_train_users", of_train.nunique()),
        ("n_train_events", of_train.size()),
    ):
        rows[name] = rows["item_id"].map(counts).fillna(0).astype("int64")
    write(rows, job, "vocab/items.parquet")


def write(
    rows: pd.DataFrame, job: Job, name: str, schema: pa.Schema | None = None
) -> None:
    """Write an artifact."""
    rows.to_parquet(job.path(name), index=False, compression="zstd", schema=schema)


def main() -> None:
    """Run the command."""
    parser = job_options(__doc__)
    parser.add_argument(
        "--cap-times",
        action="store_true",
        help="compare a label's time only with its capped prefix, not with all items",
    )
    args = vars(parser.parse_args())
    cap_times = args.pop("cap_times")
    job = Job(**args)
    events = read_events(job)

    user_counts = events.groupby("user_id").size()
    eligible_users = user_counts[user_counts >= job.k + job.q].index
    events = events[events["user_id"].isin(eligible_users)].reset_index(drop=True)

    users = split_users(events["user_id"].unique().tolist())
    for split in SPLITS:
        path = job.path(f"user_splits/users_{split}.json")
        write_json(path, {"users": users[split]})

    courses = sorted(events["course_id"].unique())
    course2id = {str(course): number for number, course in enumerate(courses)}
    id2course = {str(number): course for course, number in course2id.items()}
    write_json(job.path("vocab/course2id.json"), course2id)
    write_json(job.path("vocab/id2course.json"), id2course)
    events["item_id"] = events["course_id"].astype(str).map(course2id).astype("int64")
    write_items(events, users["train"], job)

    events = sessionize(events, job)
    pairs = make_pairs(events, job.max_prefix_len, cap_times)
    for split in SPLITS:
        pairs_split = pairs[pairs["user_id"].isin(users[split])].reset_index(drop=True)
        write(pairs_split, job, f"pairs/pairs_{split}.parquet", PAIRS)
        episodes = make_episodes(pairs_split, users[split], job.k, job.q)
        name = f"episodes/episodes_{split}_K{job.k}_Q{job.q}.parquet"
        write(episodes, job, name, EPISODES)


if __name__ == "__main__":
    main()
