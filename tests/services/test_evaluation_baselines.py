"""Baselines stand beside a run, kept with the data set; what is missing there is added."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from recsys.data.load import ImportRequest
from recsys.models import BASELINES
from recsys.services import evaluation
from recsys.services.opening import open_run
from recsys.services.training import TrainRequest, train
from recsys.services.workspace import open_workspace


def test_a_baseline_that_the_kept_ranks_lack_is_added_and_the_others_are_not_fitted_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = open_workspace(tmp_path)
    rows = [f"u{u},i{(u * u + step) % 9},{1_700_000_000 + 50 * u + step}" for u in range(30) for step in range(6)]
    (tmp_path / "shop.csv").write_text("\n".join(["user_id,item_id,timestamp", *rows]) + "\n")
    dataset = workspace.datasets.add(ImportRequest(tmp_path / "shop.csv"))
    run = open_run(workspace, train(workspace, TrainRequest(dataset.dataset_id, "popularity")).run_id)
    first = evaluation.evaluate(workspace, run)
    assert list(first.baselines) == list(BASELINES)
    assert first.baselines["recent_popularity"] != first.baselines["popularity"]
    path = workspace.datasets.folder(dataset.dataset_id) / "baselines.parquet"
    kept = pd.read_parquet(path)
    kept.drop(columns=[f"recent_popularity.{split}" for split in ("validation", "test")]).to_parquet(path)
    fitted = []
    fit = evaluation.fit
    monkeypatch.setattr(evaluation, "fit", lambda model, split: (fitted.append(model.name), fit(model, split)))
    assert evaluation.evaluate(workspace, run).baselines == first.baselines
    assert fitted == ["recent_popularity"]
