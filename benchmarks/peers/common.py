"""Shared by the peers: command line, user split, JSON."""

import argparse
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SPLITS = ("train", "val", "test")
PERCENT_TRAIN, PERCENT_VAL = 70, 15
SPLIT_SEED = 20260112
SESSION_GAP_SECONDS = 1800


@dataclass(frozen=True)
class Job:
    """The input, the output and the settings of a run.

    Attributes:
        events: Parquet file with columns user_id, item_id and created_at.
        out: Folder for the artifacts.
        k: Support pairs of an episode.
        q: Query pairs of an episode.
        max_prefix_len: The most items kept in a prefix.
    """

    events: Path
    out: Path
    k: int
    q: int
    max_prefix_len: int

    def path(self, name: str) -> Path:
        """The path of an artifact, whose folder is created."""
        path = self.out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def episodes(self, split: str) -> Path:
        """The path of the episodes of a split."""
        return self.path(f"episodes/episodes_{split}_K{self.k}_Q{self.q}.parquet")


def job_options(description: str | None) -> argparse.ArgumentParser:
    """The command line of a peer; it parses the fields of a Job."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("events", type=Path, help="Parquet file of events")
    parser.add_argument("out", type=Path, help="folder to write to")
    parser.add_argument("--k", type=int, default=5, help="default: 5")
    parser.add_argument("--q", type=int, default=10, help="default: 10")
    parser.add_argument("--max-prefix-len", type=int, default=20, help="default: 20")
    return parser


def split_key(user_or_course: int | str) -> int:
    """The key that splits users; two of them order a user's events of one time."""
    salted = f"{SPLIT_SEED}:{user_or_course}".encode()
    return int(hashlib.md5(salted).hexdigest()[:13], 16)


def split_users(users: Iterable[int]) -> dict[str, list[int]]:
    """The users of each split, ascending, as with `split_method: exact`."""
    ordered = sorted(users, key=lambda user: (split_key(user), user))
    n_train = len(ordered) * PERCENT_TRAIN // 100
    n_val = len(ordered) * PERCENT_VAL // 100
    parts = (
        ordered[:n_train],
        ordered[n_train : n_train + n_val],
        ordered[n_train + n_val :],
    )
    return {split: sorted(part) for split, part in zip(SPLITS, parts, strict=True)}


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON document."""
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2), encoding="utf-8")
