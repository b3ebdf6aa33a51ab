"""The whole job in Polars: lazy, streaming, sorted once, in that order throughout."""

import polars as pl

from common import (
    SESSION_GAP_SECONDS,
    SPLITS,
    Job,
    job_options,
    split_key,
    split_users,
    write_json,
)

GIVEN = ["user_id", "item_id", "created_at"]
TEXT = pl.String
SPLIT = pl.Enum(SPLITS)


def is_missing() -> dict[str, pl.Expr]:
    """For each column, whether its value is missing."""
    missing = {name: pl.col(name).is_null() for name in GIVEN}
    blank = pl.col("item_id").str.strip_chars(" \t\n\v\f\r") == ""
    return missing | {"item_id": missing["item_id"] | blank}


def without_zeros(time: pl.Expr) -> pl.Expr:
    """A time as text, without trailing zeros."""
    return time.str.strip_chars_end("0").str.strip_chars_end(".")


def write_rejected(raw: pl.LazyFrame, job: Job) -> None:
    """Write the rows that cannot be read."""
    reasons = [
        pl.when(missing).then(pl.lit(f"missing {name}"))
        for name, missing in is_missing().items()
    ]
    raw.filter(pl.any_horizontal(*is_missing().values())).select(
        *(pl.col(name).cast(TEXT) for name in ("user_id", "item_id")),
        without_zeros(pl.col("created_at").cast(pl.Datetime("us")).cast(TEXT)),
        pl.lit(None, TEXT).alias("watch_percentage"),
        pl.lit(None, TEXT).alias("rating"),
        pl.concat_str(reasons, separator="; ", ignore_nulls=True).alias("reason"),
    ).sort(pl.all(), nulls_last=False).sink_parquet(
        job.path("quality/rejected_events.parquet"), compression="zstd"
    )


def write_users(kept: pl.LazyFrame, job: Job) -> pl.DataFrame:
    """Split the users with enough events; return them with split and key."""
    eligible = (
        kept.group_by("user_id")
        .len()
        .filter(pl.col("len") >= job.k + job.q)
        .select("user_id")
        .collect(engine="streaming")
    )
    splits = split_users(eligible["user_id"].to_list())
    for split, users in splits.items():
        write_json(job.path(f"user_splits/users_{split}.json"), {"users": users})
    return pl.concat(
        pl.DataFrame(
            {
                "user_id": users,
                "split": [split] * len(users),
                "user_key": [split_key(user) for user in users],
            },
            schema={"user_id": pl.Int64, "split": SPLIT, "user_key": pl.Int64},
        )
        for split, users in splits.items()
    )


def write_vocab(events: pl.LazyFrame, job: Job) -> pl.DataFrame:
    """Number the courses; return them with their item and key."""
    courses = events.select("course_id").unique().collect(engine="streaming")
    vocab = courses.sort("course_id").with_row_index("item_id")
    names = vocab["course_id"].to_list()
    course2id = {name: number for number, name in enumerate(names)}
    id2course = {str(number): name for number, name in enumerate(names)}
    write_json(job.path("vocab/course2id.json"), course2id)
    write_json(job.path("vocab/id2course.json"), id2course)
    keys = pl.Series("course_key", [split_key(name) for name in names], pl.Int64)
    return vocab.with_columns(pl.col("item_id").cast(pl.Int64), keys)


def write_items(events: pl.DataFrame, vocab: pl.DataFrame, job: Job) -> None:
    """Write when each item was first seen, and what train has of it."""
    of_train = pl.col("split") == "train"
    counted = events.group_by("item_id").agg(
        pl.col("ts_epoch").min().alias("first_ts_epoch"),
        pl.col("user_id").filter(of_train).n_unique().cast(pl.Int64),
        of_train.sum().cast(pl.Int64).alias("n_train_events"),
    )
    vocab.select("item_id", "course_id").join(
        counted.rename({"user_id": "n_train_users"}), on="item_id", how="left"
    ).sort("item_id").write_parquet(job.path("vocab/items.parquet"), compression="zstd")


def with_sessions(events: pl.DataFrame) -> pl.DataFrame:
    """Number each user's sessions; rows are in order of user and time."""
    is_first = (pl.col("user_id") != pl.col("user_id").shift(1)).fill_null(True)
    gap = pl.col("ts") - pl.col("ts").shift(1)
    starts = is_first | (gap > pl.duration(seconds=SESSION_GAP_SECONDS))
    return events.with_columns(starts.cum_sum().alias("session")).with_columns(
        (
            pl.concat_str(
                pl.col("user_id"),
                pl.lit("_"),
                (pl.col("session") - pl.col("session").first().over("user_id") + 1)
                .cast(TEXT)
                .str.zfill(4),
            )
        ).alias("session_id"),
        (pl.int_range(pl.len()).over("session") + 1).alias("pos_in_sess"),
        pl.len().over("session").cast(pl.Int64).alias("sess_len"),
    )


def write_sessions(events: pl.DataFrame, job: Job) -> None:
    """Write the events with their sessions, and one row per session."""
    events.lazy().select(
        *("user_id", "course_id", "session_id"),
        pl.col("ts").dt.replace_time_zone("UTC"),
        *("ts_epoch", "pos_in_sess", "sess_len", "item_id"),
        pl.lit(None, pl.Float64).alias("watch_percentage"),
        pl.lit(None, pl.Float64).alias("rating"),
    ).sink_parquet(job.path("sessions/events_sessionized.parquet"), compression="zstd")
    courses = (
        events.lazy()
        .group_by("session", "course_id", "item_id")
        .len()
        .sort("session", -pl.col("len").cast(pl.Int64), "item_id")
        .unique("session", keep="first", maintain_order=True)
        .select("session", "course_id")
    )
    start, end = pl.col("ts_epoch").first(), pl.col("ts_epoch").last()
    (
        events.lazy()
        .group_by("session")
        .agg(
            pl.col("session_id", "user_id").first(),
            start.alias("start_ts"),
            end.alias("end_ts"),
            pl.len().cast(pl.Int64).alias("n_events"),
            (end - start).alias("duration_sec"),
        )
        .join(courses, on="session")
        .sort("session")
        .select(
            *("session_id", "user_id", "course_id", "start_ts", "end_ts"),
            *("n_events", "duration_sec"),
        )
        .sink_parquet(job.path("sessions/sessions.parquet"), compression="zstd")
    )


def make_pairs(events: pl.DataFrame, job: Job) -> pl.DataFrame:
    """The prefix and label at each position of each user's sequence."""
    repeats = (pl.col("item_id") == pl.col("item_id").shift(1)) & (
        pl.col("user_id") == pl.col("user_id").shift(1)
    )
    sequence = (
        events.lazy()
        .select("user_id", "split", "item_id", "ts", "ts_epoch")
        .filter(~repeats.fill_null(False))
        .with_columns(pl.int_range(pl.len()).over("user_id").alias("position"))
        .with_columns(
            ((pl.col("position") > 0) & (pl.col("ts").shift(1) < pl.col("ts"))).alias(
                "is_label"
            )
        )
        .collect(engine="streaming")
    )
    prefixes = sequence.rolling(
        "position",
        period=f"{job.max_prefix_len}i",
        closed="left",
        group_by="user_id",
    ).agg(pl.col("item_id").alias("prefix"))
    return (
        sequence.with_columns(prefixes["prefix"])
        .filter("is_label")
        .select(
            pl.int_range(pl.len()).alias("pair_id"),
            "user_id",
            "prefix",
            pl.col("item_id").alias("label"),
            pl.col("ts_epoch").alias("label_ts_epoch"),
            pl.col("prefix").list.len().cast(pl.Int64).alias("prefix_len"),
            "split",
            pl.int_range(pl.len()).over("user_id").alias("pair_number"),
        )
    )


def make_episodes(pairs: pl.DataFrame, job: Job) -> pl.DataFrame:
    """Windows of K support and Q query pairs over each user's pairs."""
    size = job.k + job.q
    return (
        pairs.group_by_dynamic(
            "pair_number",
            every=f"{job.q}i",
            period=f"{size}i",
            group_by="user_id",
        )
        .agg(
            pl.col("prefix").head(job.k).alias("support_prefixes"),
            pl.col("label").head(job.k).alias("support_labels"),
            pl.col("prefix").slice(job.k).alias("query_prefixes"),
            pl.col("label").slice(job.k).alias("query_labels"),
        )
        .filter(pl.col("query_labels").list.len() == job.q)
        .select(
            pl.int_range(pl.len()).alias("episode_id"),
            "user_id",
            "support_prefixes",
            "support_labels",
            "query_prefixes",
            "query_labels",
            pl.lit(job.k, pl.Int64).alias("n_support"),
            pl.lit(job.q, pl.Int64).alias("n_query"),
        )
    )


def main() -> None:
    """Run the command."""
    job = Job(**vars(job_options(__doc__).parse_args()))
    raw = pl.scan_parquet(job.events).select(GIVEN)
    write_rejected(raw, job)
    readable = raw.filter(~pl.any_horizontal(*is_missing().values())).select(
        "user_id",
        pl.col("item_id").alias("course_id"),
        pl.col("created_at").cast(pl.Datetime("us")).alias("ts"),
    )
    users = write_users(readable, job)
    kept = readable.join(users.lazy(), on="user_id")
    vocab = write_vocab(kept, job)
    events = (
        kept.join(vocab.lazy(), on="course_id")
        .with_columns(
            pl.col("ts").dt.epoch("us").floordiv(1_000_000).alias("ts_epoch"),
            (pl.col("user_key") ^ pl.col("course_key")).alias("tie_key"),
        )
        .sort("user_id", "ts", "tie_key", "item_id")
        .collect(engine="streaming")
    )
    write_items(events, vocab, job)
    events = with_sessions(events)
    write_sessions(events, job)
    pairs = make_pairs(events, job)
    del events
    for split in SPLITS:
        of_split = pairs.filter(pl.col("split") == split)
        of_split.drop("split", "pair_number").write_parquet(
            job.path(f"pairs/pairs_{split}.parquet"), compression="zstd"
        )
        make_episodes(of_split, job).write_parquet(
            job.episodes(split), compression="zstd"
        )


if __name__ == "__main__":
    main()
