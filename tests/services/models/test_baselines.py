"""Baselines stand beside a run, kept with the dataset; what is missing there is added."""

from __future__ import annotations

import inspect
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys.data.importing.load import ImportRequest
from recsys.evaluation import protocol
from recsys.evaluation.metrics import MISS
from recsys.models import BASELINES, MODELS
from recsys.services.models import quality
from recsys.services.models.rank_version import rank_version
from recsys.services.train.training import TrainRequest, train
from recsys.services.workspace import open_workspace
from recsys.services.workspace.open_run import open_run


def test_a_baseline_that_the_kept_ranks_lack_is_added_and_the_others_are_not_fitted_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = open_workspace(tmp_path)
    rows = [f"u{u},i{(u * u + step) % 9},{1_700_000_000 + 50 * u + step}" for u in range(30) for step in range(6)]
    (tmp_path / "shop.csv").write_text("\n".join(["user_id,item_id,timestamp", *rows]) + "\n")
    dataset = workspace.datasets.add(ImportRequest(tmp_path / "shop.csv"))
    run = open_run(workspace, train(workspace, TrainRequest(dataset.dataset_id, "popularity")).run_id)
    first = quality.evaluate(workspace, run)
    assert list(first.baselines) == list(BASELINES)
    assert first.baselines["recent_popularity"] != first.baselines["popularity"]
    path = workspace.datasets.folder(dataset.dataset_id) / "baselines.parquet"
    kept = pd.read_parquet(path)
    kept.drop(columns=[f"recent_popularity.{split}" for split in ("validation", "test")]).to_parquet(path)
    fitted = []
    fit = quality.fit
    monkeypatch.setattr(quality, "fit", lambda model, split: (fitted.append(model.name), fit(model, split)))
    assert quality.evaluate(workspace, run).baselines == first.baselines
    assert fitted == ["recent_popularity"]
    assert quality.evaluate(workspace, run).baselines == first.baselines
    assert fitted == ["recent_popularity"]


def test_kept_ranks_of_an_earlier_version_of_a_baseline_are_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = open_workspace(tmp_path)
    rows = [f"u{u},i{(u * u + step) % 9},{1_700_000_000 + 50 * u + step}" for u in range(30) for step in range(6)]
    (tmp_path / "shop.csv").write_text("\n".join(["user_id,item_id,timestamp", *rows]) + "\n")
    dataset = workspace.datasets.add(ImportRequest(tmp_path / "shop.csv"))
    run = open_run(workspace, train(workspace, TrainRequest(dataset.dataset_id, "popularity")).run_id)
    first = quality.evaluate(workspace, run)
    path = workspace.datasets.folder(dataset.dataset_id) / "baselines.parquet"
    kept = pd.read_parquet(path)
    assert set(kept.attrs["versions"]) == set(BASELINES)
    kept.attrs["versions"]["popularity"] = "earlier"
    kept.assign(**{"popularity.test": 1, "popularity.validation": 1}).to_parquet(path)
    assert quality.evaluate(workspace, run).baselines == first.baselines
    kept.attrs.clear()  # of a version that kept none
    kept.assign(**{f"{name}.test": 1 for name in BASELINES}).to_parquet(path)
    assert quality.evaluate(workspace, run).baselines == first.baselines


def test_the_version_of_ranks_follows_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    versions = {rank_version(MODELS[name]) for name in BASELINES}
    assert len(versions) == len(BASELINES)
    before = rank_version(MODELS["recent_popularity"])
    assert rank_version(MODELS["recent_popularity"]) == before
    source = inspect.getsource
    monkeypatch.setattr(inspect, "getsource", lambda module: source(module) + "#" * (module is protocol))
    assert rank_version(MODELS["recent_popularity"]) != before


def test_every_baseline_is_compared_not_only_the_one_with_the_highest_mean(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """12 users at rank 1 each (NDCG 1). Markov chain: rank 2 for all, .63. EASE: a miss for 5 users and rank 1 for 7, .58.

    Against Markov chain p = 2 / 2 ** 12; against EASE the 5 users with a difference give p = 2 / 2 ** 5, no evidence.
    """
    workspace = open_workspace(tmp_path)
    rows = [f"u{u},i{(u + step) % 9},{1_700_000_000 + step}" for u in range(12) for step in range(4)]
    (tmp_path / "log.csv").write_text("\n".join(["user_id,item_id,timestamp", *rows]) + "\n")
    dataset = workspace.datasets.add(ImportRequest(tmp_path / "log.csv"))
    run = open_run(workspace, train(workspace, TrainRequest(dataset.dataset_id, "item_knn")).run_id)
    ranks = {"markov": [2] * 12, "ease": [MISS] * 5 + [1] * 7}
    frames = {name: pd.DataFrame({"test": column}) for name, column in ranks.items()}
    monkeypatch.setattr(quality, "BASELINES", tuple(ranks))
    monkeypatch.setattr(quality, "_baseline_ranks", lambda workspace, run: frames)
    monkeypatch.setattr(quality, "stored_ranks", lambda run, split: np.ones(12, dtype=np.int64))
    found = quality.evaluate(workspace, run, (10,))
    assert found.baselines["markov"]["ndcg@10"] > found.baselines["ease"]["ndcg@10"]
    assert found.verdict == (
        "No significant difference between Item kNN and EASE (p = .062). Item kNN beats Markov chain (p < .001)."
    )
    assert found.against["markov"].p_holm == 2 * found.against["markov"].p == 4 / 2**12
    assert [row["baseline"] for row in quality.as_json(found)["comparison"]] == ["markov", "ease"]
