"""`data.evaluate` and `compare` against the reference and the build's own tables.

The reference scores every item for every query in plain Python. Its scores, given to
`evaluate` as a model's, must give its figures, and so must the loader's own baselines.
"""

import json
import math
import pickle
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

import evaluation_reference as expected_by
import mooc_episodes
import reference
from conftest import REAL_MARS, SAMPLE, Workspace, needs_real_mars
from mooc_episodes.loader.baselines import NAMES
from mooc_episodes.loader.keys import BOUNDS, bootstrap_weights
from mooc_episodes.loader.results import rounded
from test_evaluation import write_log

Series = tuple[str, str | None]
FIGURES = [m + end for m in ("hr", "ndcg", "mrr") for end in ("", "_low", "_high")]


class Log:
    """A published log, and what the reference says of it."""

    def __init__(
        self, workspace: Workspace, path: Path, *export: str, **settings: Any
    ) -> None:
        workspace.build("run", raw_events=str(path), **settings)
        workspace.publish(*export)
        compact = ".compact" if "--layout=compact" in export else ""
        self.data = mooc_episodes.open(workspace.processed / f"sample{compact}")
        self.workspace = workspace
        known = reference.Settings.__dataclass_fields__
        self.settings = reference.Settings(
            **{key: settings[key] for key in settings if key in known}
        )
        self.result = reference.compute(reference.read_rows(path), self.settings)
        self.evaluated = expected_by.evaluate(self.result, self.settings)


def score_of_reference(log: Log, series: Series) -> Callable[[Any], Any]:
    """A baseline of the reference as a model: plain Python, query by query."""
    baseline, form = series
    firsts = expected_by.firsts_of_train(log.result)
    pairs = expected_by.pairs_of_train(log.result)
    timed = expected_by.in_time(firsts, pairs)
    by_user = expected_by.by_user(firsts, pairs, log.settings)
    n_items = len(log.result.vocab)
    rules = expected_by.WITHOUT_TRAIN | expected_by.WITH_TRAIN

    def score_one(x: list[int], ts: int) -> list[int]:
        prefix = tuple(item - 1 for item in x if item)
        known = expected_by.known_at(ts, *timed)
        amounts = (len(firsts), len(pairs)) if form in (None, "all") else known
        ordered = by_user if form == "thinned" else timed
        counts = next(expected_by.counts_of(*ordered, [amounts], n_items))
        return [*rules[baseline](prefix, counts)]

    def score(batch: mooc_episodes.EpisodeBatch) -> list[list[list[int]]]:
        return [
            [score_one(x, ts) for x, ts in zip(*queries, strict=True)]
            for queries in zip(
                batch.query_x.tolist(), batch.query_ts.tolist(), strict=True
            )
        ]

    return score


def name_of(series: Series) -> str:
    return ", ".join(filter(None, series))


def figures(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in ("n_users", "n_queries", *FIGURES)}


def same(expected: dict[str, Any]) -> Any:
    """Equal to the last of six digits."""
    return pytest.approx(expected, abs=1e-9)


def assert_as_the_reference(log: Log, *series: Series) -> None:
    """Baselines, the scores of these series given to evaluate, and comparisons."""
    assert log.evaluated
    for own in log.evaluated:
        where = (own.split, own.view)
        rows = {
            (row["baseline"], row["form"]): figures(row)
            for row in expected_by.evaluation_rows(own)
        }
        found = log.data.baselines(*where)
        assert [*found] == [name_of(key) for key in expected_by.SERIES]
        assert {name: figures(result.row()) for name, result in found.items()} == {
            name_of(key): same(row) for key, row in rows.items()
        }
        results = {
            key: log.data.evaluate(
                score_of_reference(log, key), *where, allow_constant=True, batch_size=7
            )
            for key in series
        }
        for key, result in results.items():
            assert figures(result.row()) == same(rows[key])
            assert result.users.tolist() == [*own.users[key]]
            values = [[m.hr, m.ndcg, m.mrr] for m in own.users[key].values()]
            assert result.values == pytest.approx(np.array(values), abs=1e-12)
        adds = {row["part"]: row for row in expected_by.split_adds_rows(own)}
        for part, (one, other) in expected_by.PARTS.items():
            less = found[f"markov, {one}"].compare(found[f"markov, {other}"]).row()
            expected = {name: adds[part][name] for name in FIGURES[:3]}
            assert {name: less[name] for name in FIGURES[:3]} == same(expected)


@pytest.mark.parametrize(
    ("seed", "settings", "layout"),
    [
        (1, {}, "full"),
        (2, {"episode_k": 1, "episode_q": 1, "max_prefix_len": 2}, "compact"),
        (3, {"deduplicate_consecutive": False, "evaluation_budget": 150}, "full"),
        (4, {"split_ratios": [0.4, 0.2, 0.4], "evaluation_budget": 100}, "compact"),
        (5, {"split_method": "stable", "split_seed": 7, "episode_q": 2}, "full"),
        (6, {"split_ratios": [0, 0.5, 0.5]}, "full"),
        (
            8,
            {"user_id_type": "varchar", "item_id_type": "varchar"}
            | {"evaluation_budget": 200},
            "compact",
        ),
    ],
    ids=str,
)
def test_a_made_log(
    workspace: Workspace, seed: int, settings: dict[str, Any], layout: str
) -> None:
    path = workspace.root / "log.csv"
    write_log(path, seed=seed, n_users=30, n_courses=9)
    absent = {"watch_percentage": None, "rating": None}
    log = Log(workspace, path, f"--layout={layout}", columns=absent, **settings)
    assert_as_the_reference(log, *expected_by.SERIES)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Log:
    return Log(Workspace(tmp_path_factory.mktemp("sample")), SAMPLE)


@pytest.fixture(scope="module")
def data(sample: Log) -> mooc_episodes.Data:
    return sample.data


def assert_as_the_table(log: Log) -> None:
    """Every row of evaluation_scores and evaluation_split_adds."""
    with duckdb.connect(str(log.workspace.database), read_only=True) as database:
        scores = database.sql("from sample.evaluation_scores").to_arrow_table()
        adds = database.sql("from sample.evaluation_split_adds").to_arrow_table()
    assert scores.num_rows == 4 * len(NAMES)
    for row in scores.to_pylist():
        found = log.data.baselines(row["split"], row["view"])
        name = name_of((row["baseline"], row["form"]))
        assert figures(found[name].row()) == same(figures(row))
    for row in adds.to_pylist():
        found = log.data.baselines(row["split"], row["view"])
        one, other = expected_by.PARTS[row["part"]]
        less = found[f"markov, {one}"].compare(found[f"markov, {other}"])
        assert less.row()["hr"] == pytest.approx(row["hr"], abs=1e-9)


def test_the_sample(sample: Log) -> None:
    assert_as_the_reference(sample, ("random", None), ("markov_next_item", "past"))
    assert_as_the_table(sample)


@needs_real_mars
def test_mars(workspace: Workspace) -> None:
    log = Log(workspace, REAL_MARS)
    assert_as_the_reference(
        log, ("popularity", "all"), ("markov", "all"), ("next_item", None)
    )
    assert_as_the_table(log)
    best = log.data.baselines("test")["next_item"]
    assert (best.n_users, best.n_queries, round(best.hr, 4)) == (21, 459, 0.5446)


def test_the_bounds_are_those_of_the_build() -> None:
    assert tuple(BOUNDS.tolist()) == expected_by.THRESHOLDS


def test_weights_are_those_of_the_reference() -> None:
    settings = reference.Settings(split_seed=3)
    expected = [expected_by.bootstrap_weights(user, settings) for user in (5, "é")]
    assert bootstrap_weights(3, [5, "é"]).tolist() == expected


# What a model may be


def zeros(batch: mooc_episodes.EpisodeBatch, n_items: int = 428) -> Any:
    return np.zeros((*batch.query_y.shape, n_items))


def by_item(batch: mooc_episodes.EpisodeBatch) -> Any:
    """Item 0 first, item 427 last."""
    return zeros(batch) - np.arange(428)


def test_a_perfect_and_a_worst_model(data: mooc_episodes.Data) -> None:
    def perfect(batch: mooc_episodes.EpisodeBatch) -> Any:
        scores = zeros(batch)
        np.put_along_axis(scores, batch.query_y[..., None], 1, -1)
        return scores

    best = data.evaluate(perfect, "val")
    assert (best.hr, best.ndcg, best.mrr) == (1, 1, 1)
    assert (best.hr_low, best.hr_high, best.mrr_low) == (1, 1, 1)
    worst = data.evaluate(lambda batch: -perfect(batch), "val")
    assert (worst.hr, worst.ndcg, worst.mrr_high) == (0, 0, 0)
    less = best.compare(worst)
    assert (less.hr, less.hr_low, less.n_users) == (1, 1, best.n_users)
    assert "users higher" in repr(less.table())


@pytest.mark.parametrize("dtype", ["int8", "int64", "float16", "float32", "bool"])
def test_scores_of_any_kind_of_number(data: mooc_episodes.Data, dtype: str) -> None:
    def score(batch: mooc_episodes.EpisodeBatch) -> Any:
        return by_item(batch) > -10

    as_bool = data.evaluate(score, "test")
    found = data.evaluate(lambda batch: score(batch).astype(dtype), "test")
    assert found.values.tolist() == as_bool.values.tolist()


def test_tensors_with_a_gradient(data: mooc_episodes.Data) -> None:
    torch = pytest.importorskip("torch")

    def score(batch: mooc_episodes.EpisodeBatch) -> Any:
        return torch.tensor(by_item(batch), requires_grad=True) * 1

    found = data.evaluate(score, "test")
    assert found.values.tolist() == data.evaluate(by_item, "test").values.tolist()


def test_tensors_of_a_type_that_numpy_does_not_have(data: mooc_episodes.Data) -> None:
    """bfloat16 has 8 bits: the whole numbers up to 256 are exact, and ranked alike."""
    torch = pytest.importorskip("torch")

    def score(batch: mooc_episodes.EpisodeBatch) -> Any:
        return np.maximum(by_item(batch), -256)

    def rounded_score(batch: mooc_episodes.EpisodeBatch) -> Any:
        return torch.tensor(score(batch)).to(torch.bfloat16)

    found = data.evaluate(rounded_score, "test")
    assert found.values.tolist() == data.evaluate(score, "test").values.tolist()
    with pytest.raises(ValueError, match=r"cannot be read as an array: .*[Ss]parse"):
        data.evaluate(lambda batch: rounded_score(batch).float().to_sparse(), "test")


@pytest.mark.parametrize("view", ["all", "first"])
def test_the_batch_size_changes_nothing(data: mooc_episodes.Data, view: Any) -> None:
    found = [
        data.evaluate(by_item, "test", view, batch_size=size).values.tolist()
        for size in (None, 1, 7, 1000)
    ]
    assert found.count(found[0]) == 4


def test_a_model_may_ask_for_its_prefixes_and_write_into_them(
    data: mooc_episodes.Data,
) -> None:
    def score(batch: mooc_episodes.EpisodeBatch) -> Any:
        assert batch.query_x.shape[1:] == (3, 5)
        assert (batch.query_x[..., 0] > 0).all()
        found = by_item(batch)
        for field in batch[:8]:
            field[...] = 0
        return found

    found = data.evaluate(score, "test", max_len=5, pad="right")
    assert found.values.tolist() == data.evaluate(by_item, "test").values.tolist()


@pytest.mark.parametrize("kind", ["episodes", "pairs"])
@pytest.mark.parametrize("max_len", [None, 4])
@pytest.mark.parametrize("pad", ["left", "right"])
def test_a_model_gets_prefixes_like_those_that_it_was_trained_on(
    data: mooc_episodes.Data, kind: str, max_len: int | None, pad: Any
) -> None:
    trained_on = getattr(data, kind)("train", max_len=max_len, pad=pad)
    seen = []

    def score(batch: mooc_episodes.EpisodeBatch) -> Any:
        seen.append(batch)
        return by_item(batch)

    data.evaluate(score, "test", "first", like=trained_on)
    expected = data.episodes("test", max_len, "first", pad).batches(256)
    for own, batch in zip(seen, expected, strict=True):
        assert own.query_x.tolist() == batch.query_x.tolist()
        assert own.support_x.tolist() == batch.support_x.tolist()
    # saying so twice is no fault
    data.evaluate(score, "test", like=trained_on, max_len=max_len, pad=pad)


def test_prefixes_are_whole_and_padded_on_the_left_unless_asked_otherwise(
    data: mooc_episodes.Data,
) -> None:
    """evaluate, episodes and pairs alike; the view is that of all windows."""
    found: Any = []
    data.evaluate(lambda batch: found.append(batch) or by_item(batch), "val")
    n_longest = max(batch.query_x.shape[-1] for batch in found)
    episodes = data.episodes("val")
    assert sum(len(batch.user) for batch in found) == len(episodes)
    assert n_longest == episodes.take(range(len(episodes))).query_x.shape[-1]
    assert all((batch.query_x[..., -1] > 0).all() for batch in found)
    pairs = data.pairs("val")
    assert (pairs.take(range(len(pairs))).x[:, -1] > 0).all()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"max_len": 5}, "max_len is 5, and that of `like` is 4; leave max_len out"),
        (
            {"pad": "left"},
            "pad is 'left', and that of `like` is 'right'; leave pad out",
        ),
        ({"pad": "centre"}, "pad is 'centre', and that of `like`"),
        ({"like": 20}, "like is 20; it must be what data.episodes or data.pairs gave"),
        ({"like": None, "pad": "centre"}, "pad is 'centre'; it must be one of"),
        ({"like": None, "max_len": 2.5}, r"max_len is 2\.5; it must be a whole number"),
        ({"batch_size": 0}, "batch_size is 0; it must be 1 or more"),
        ({"batch_size": "9"}, "batch_size is '9'; it must be a whole number"),
    ],
)
def test_wrong_wishes_for_prefixes_are_refused(
    given: dict[str, Any], message: str, data: mooc_episodes.Data
) -> None:
    like = data.pairs("train", max_len=4, pad="right")
    with pytest.raises(ValueError, match=message):
        data.evaluate(by_item, "test", **{"like": like} | given)


def test_memory_of_a_batch_is_bounded(data: mooc_episodes.Data) -> None:
    sizes = []

    def score(batch: mooc_episodes.EpisodeBatch) -> Any:
        sizes.append(batch.query_y.size * 428)
        return by_item(batch)

    data.evaluate(score, "train")
    assert len(sizes) > 1
    assert max(sizes) <= 2_000_000


# What is refused


def with_one(value: float) -> Callable[[Any], Any]:
    def score(batch: mooc_episodes.EpisodeBatch) -> Any:
        scores = by_item(batch)
        scores[-1, -1, -1] = value
        return scores

    return score


@pytest.mark.parametrize(
    ("score", "message"),
    [
        (
            lambda batch: zeros(batch, 429),
            r"429\); it must .* return scores\[\.\.\., 1",
        ),
        (
            lambda batch: zeros(batch)[:, 0],
            r"must be \[B, Q, n\] = \(117, 3, 428\); col",
        ),
        (lambda batch: zeros(batch).reshape(-1, 428), r"reshape\(117, 3, 428\)"),
        (lambda batch: 0.5, r"has shape \(\)"),
        (
            lambda batch: None,
            r"has returned a NoneType; return the scores alone, as an array "
            r"\[B, Q, n\] = \(117, 3, 428\)",
        ),
        (
            lambda batch: (by_item(batch), batch.support_y),
            "has returned a tuple of 2; return the scores alone",
        ),
        (lambda batch: {"logits": zeros(batch)}, "has returned a dict of 1; return"),
        (lambda batch: [[1], [1, 2]], "cannot be read as an array"),
        (lambda batch: zeros(batch).astype("str"), "type <U32; it must be numbers"),
        (with_one(math.nan), "has NaN; every item is ranked"),
        (
            with_one(-math.inf),
            "has infinite scores; .* a finite number: one below all others, such as "
            "-1e9 as float32, puts an item last",
        ),
        (zeros, "the same score at every query, .* allow_constant=True"),
        (lambda batch: zeros(batch) + batch.query_y[..., None], "the same score"),
    ],
)
def test_wrong_scores_are_refused(
    score: Any, message: str, data: mooc_episodes.Data
) -> None:
    with pytest.raises(ValueError, match=message) as raised:
        data.evaluate(score, "test")
    assert "\n" not in str(raised.value)


def test_chance_is_allowed_if_it_is_meant(data: mooc_episodes.Data) -> None:
    chance = data.evaluate(zeros, "test", allow_constant=True)
    assert chance.hr == pytest.approx(10 / 428)
    assert rounded(chance.mrr) == rounded(sum(1 / r for r in range(1, 11)) / 428)


def test_an_error_of_the_model_is_its_own(data: mooc_episodes.Data) -> None:
    with pytest.raises(ZeroDivisionError):
        data.evaluate(lambda batch: 1 / 0, "test")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("dev",), "split is 'dev'"),
        (("test", "last"), "view is 'last'"),
    ],
)
def test_a_wrong_argument_is_refused(
    arguments: Any, message: str, data: mooc_episodes.Data
) -> None:
    for ask in (data.baselines, lambda *args: data.evaluate(by_item, *args)):
        with pytest.raises(ValueError, match=message):
            ask(*arguments)


def test_a_rule_that_there_is_not_is_refused_with_those_that_there_are(
    data: mooc_episodes.Data,
) -> None:
    baselines = data.baselines("test")
    forms = "'popularity, all', 'popularity, past', 'popularity, thinned'"
    with pytest.raises(KeyError, match=f"'popularity': not one of {forms}"):
        baselines["popularity"]
    with pytest.raises(KeyError, match=f"'best': not one of 'random', {forms}, 'rec"):
        baselines["best"]
    assert baselines.get("best") is None
    assert "best" not in baselines


def test_results_of_other_queries_are_not_compared(data: mooc_episodes.Data) -> None:
    own = data.evaluate(by_item, "test")
    for other, message in [
        (data.evaluate(by_item, "val"), "split is test and val"),
        (data.evaluate(by_item, "test", "first"), "view is all and first"),
        (
            replace(
                own, queries=replace(own.queries, fingerprint="0" * 64, content="0")
            ),
            r"folder is sample \([0-9a-f]{12}\) and sample \(000000000000\)",
        ),
        (0.5, "other is a float; it must be a Result"),
    ]:
        with pytest.raises(ValueError, match=message):
            own.compare(other)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match=message):
            own.table(other)  # type: ignore[arg-type]


def test_nothing_to_evaluate_is_an_error(workspace: Workspace) -> None:
    path = workspace.root / "log.csv"
    write_log(path, seed=7, n_users=30, n_courses=9)
    absent = {"watch_percentage": None, "rating": None}
    log = Log(workspace, path, columns=absent, evaluation_budget=1)
    assert not log.evaluated
    n_items = len(log.data.items)
    advised = f"evaluation_budget: {3 * n_items} or more"
    with pytest.raises(ValueError, match=advised):
        log.data.evaluate(by_item, "test")
    settings: dict[str, Any] = {"evaluation_budget": 3 * n_items}
    again = Log(workspace, path, columns=absent, split_ratios=[0.9, 0, 0.1], **settings)
    assert again.data.baselines("test")["random"].n_queries == 3
    with pytest.raises(ValueError, match="val has no episodes"):
        again.data.evaluate(by_item, "val")


@pytest.mark.parametrize("name", ["evaluation_budget", "split_seed"])
def test_a_folder_from_before_there_was_an_evaluation_says_so(
    data: mooc_episodes.Data, tmp_path: Path, name: str
) -> None:
    copied = tmp_path / "sample"
    shutil.copytree(data.path, copied)
    manifest = json.loads((copied / "manifest.json").read_text())
    del manifest["settings"][name]
    (copied / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(mooc_episodes.FolderError, match=f"has no setting {name}"):
        mooc_episodes.open(copied).baselines("test")


# What is shown


def test_the_table_fits_a_terminal_and_a_notebook(data: mooc_episodes.Data) -> None:
    own = data.evaluate(by_item, "test", name="<b>mine</b>")
    baselines = data.baselines("test")
    table = own.table(*baselines.values())
    lines = repr(table).splitlines()
    assert len(lines) == 5 + 1 + len(NAMES)
    assert max(map(len, lines)) <= 100
    assert {len(line) for line in lines[6:]} == {len(lines[4])}
    page = table._repr_html_()
    assert page.count("<tr>") == 2 + len(NAMES)
    assert "&lt;b&gt;mine&lt;/b&gt;" in page
    assert "<b>mine" not in page
    assert own._repr_html_().count("<tr>") == 2


def test_a_result_goes_to_another_process(data: mooc_episodes.Data) -> None:
    own = data.evaluate(by_item, "test")
    again = pickle.loads(pickle.dumps(own))
    assert again.row() == own.row()
    assert again.compare(own).hr == 0
