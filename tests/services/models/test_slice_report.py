"""Figures of slices are those of the stored ranks, recomputed here with pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recsys.evaluation.intervals import bootstrap
from recsys.evaluation.list_report import list_metrics
from recsys.services.models.slice_report import (
    SliceFigures,
    SliceReport,
    ranked_targets,
    slice_report,
    slice_scores,
    stored_targets,
)
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace.open_run import OpenRun, open_run
from recsys.services.workspace.slices import Slice
from tests.worlds.shops import import_shop, train_small


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("slice_report")
    workspace = open_workspace(folder / "home")
    dataset_id = import_shop(workspace, folder, pictures=False, user_columns=["plan"])
    train_small(workspace, dataset_id, "ease", "ease")
    train_small(workspace, dataset_id, "popularity", "pop")
    return workspace


@pytest.fixture(scope="module")
def run(workspace: Workspace) -> OpenRun:
    return open_run(workspace, "ease")


@pytest.fixture(scope="module")
def frame(run: OpenRun) -> pd.DataFrame:
    """One row a user: the test rank, what is known of the user, and of the held-out item, the last of the log."""
    folder = run.folder.path.parent.parent / "datasets" / run.dataset.dataset_id
    events, items, users = (pd.read_parquet(folder / f"{name}.parquet") for name in ("interactions", "items", "users"))
    last = events.groupby("user_id")["item_id"].last().rename("held_out")
    frame = pd.read_parquet(run.folder.path / "per_user.parquet").join(last, on="user")
    frame = frame.join(users[["age", "gender", "plan"]], on="user")
    return frame.join(items[["category", "price"]], on="held_out")


def random_slice(rng: np.random.Generator, frame: pd.DataFrame) -> tuple[Slice, pd.Series]:
    """A slice of a random part of the facets, and the rows in it by pandas."""
    low, high = sorted(rng.integers(1, 26, 2).tolist())
    cheap, dear = sorted((rng.integers(0, 25, 2) + 0.5).tolist())
    young, old = sorted(rng.integers(20, 60, 2).tolist())
    gender, plan = rng.choice(["f", "m"]), rng.choice(["low", "high"])
    conditions = {
        "gender": ([gender], frame["gender"] == gender),
        "user.plan": ([plan], frame["plan"] == plan),
        "age": ([f"{young}..{old}", "18-24"], frame["age"].between(young, old) | frame["age"].between(18, 24)),
        "rank": ([f"{low}..{high}"], frame["test"].between(low, high)),
        "price": ([f"{cheap}..{dear}"], frame["price"].between(cheap, dear)),
        "category": (["red"], frame["category"] == "red"),
    }
    chosen = rng.choice(list(conditions), rng.integers(0, 4), replace=False)
    mask = pd.Series(True, index=frame.index)
    for facet in chosen:
        mask &= conditions[facet][1]
    return Slice.of({facet: conditions[facet][0] for facet in chosen}), mask


def test_the_figures_of_fifty_random_slices_are_those_of_the_stored_ranks(run: OpenRun, frame: pd.DataFrame) -> None:
    rng, sizes = np.random.default_rng(5), set()
    for _ in range(50):
        chosen, mask = random_slice(rng, frame)
        figures = slice_report(run, chosen).inside
        ranks = frame.loc[mask, "test"]
        assert figures.num_users == len(ranks), chosen
        sizes.add(len(ranks))
        if len(ranks):
            hits = (ranks <= 10).astype(float)
            assert figures.metrics["hr@10"] == pytest.approx(hits.mean())
            assert figures.metrics["ndcg@10"] == pytest.approx((hits / np.log2(ranks + 1)).mean())
            assert figures.metrics["mrr@10"] == pytest.approx((hits / ranks).mean())
        if len(ranks) > 1:
            assert figures.intervals["hr@10"] == pytest.approx(bootstrap(hits.to_numpy()))
    assert {0, 40} < sizes
    assert len(sizes) > 10


def test_lists_of_a_slice_are_those_of_its_users(run: OpenRun) -> None:
    report = slice_report(run, Slice.read("gender=f"))
    lists = run.folder.load_lists()
    assert lists is not None
    assert report.everyone.list_metrics == list_metrics(lists, run.split, run.dataset.items)
    women = [str(user)[1:] for user in run.dataset.interactions.user_ids[run.split.test.users]]
    rows = [row for row, number in enumerate(women) if int(number) % 2]
    recommended = np.unique(lists[rows])
    assert report.inside.list_metrics["coverage@10"] == pytest.approx((recommended > 0).sum() / 25)


def test_no_users_have_no_figures_and_are_too_few(run: OpenRun) -> None:
    report = slice_report(run, Slice.read("age=90..99"))
    assert report.inside == SliceFigures(0, {}, {}, {})
    assert report.too_small


@pytest.mark.parametrize(("num_users", "too_small"), [(29, True), (30, False)])
def test_thirty_users_are_enough(num_users: int, too_small: bool) -> None:
    figures = SliceFigures(num_users, {}, {}, {})
    assert SliceReport(figures, figures).too_small == too_small


def test_a_slice_of_everything_is_everyone(run: OpenRun) -> None:
    report = slice_report(run, Slice.read("unknown=1&user.job=cook"))
    assert report.inside == report.everyone
    assert report.everyone.metrics["ndcg@10"] == pytest.approx((run.record.metrics or {})["ndcg@10"])


def test_the_leaderboard_needs_no_model(workspace: Workspace, run: OpenRun) -> None:
    chosen = Slice.read("gender=m&popularity=hot")
    scores = slice_scores(workspace, ["ease", "pop"], run.dataset, chosen, {}, "ease")
    for run_id in ("ease", "pop"):
        figures = slice_report(open_run(workspace, run_id), chosen).inside
        assert scores[run_id].mean == figures.metrics["ndcg@10"]
        assert scores[run_id].interval == figures.intervals["ndcg@10"]
    stored = stored_targets(workspace, "ease", run.dataset)
    assert stored is not None
    np.testing.assert_array_equal(stored.ranks, ranked_targets(run).ranks)


def test_models_are_compared_on_the_users_that_one_of_them_ranks_so(workspace: Workspace, run: OpenRun) -> None:
    frames = {run_id: workspace.runs.open(run_id).load_ranks() for run_id in ("ease", "pop")}
    assert all(frame is not None for frame in frames.values())
    best = frames["ease"]["test"] <= 5  # type: ignore[index]
    scores = slice_scores(workspace, ["ease", "pop"], run.dataset, Slice.read("rank=1..5"), {}, "ease")
    for run_id, frame in frames.items():
        ranks = frame["test"][best]  # type: ignore[index]
        assert scores[run_id].mean == pytest.approx(((ranks <= 10) / np.log2(ranks + 1)).mean())
