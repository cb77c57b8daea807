"""Measurements that come with the sample: they serve runs of the same work, and no others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from recsys.explain import methods_for
from recsys.services.data.datasets import import_sample
from recsys.services.models import sample_trust
from recsys.services.train.training import TrainRequest, train
from recsys.services.workspace import Workspace, open_workspace
from recsys.services.workspace.open_run import OpenRun, open_run
from recsys.ui.home.ways_in import SAMPLE_MODEL
from tests.pages.drive import opened, table, texts
from tests.worlds.trained_runs import import_sample_once


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = open_workspace(tmp_path_factory.mktemp("sample-trust"))
    request = TrainRequest(import_sample_once(workspace), SAMPLE_MODEL, "quick", run_id="quick")
    train(workspace, replace(request, settings={"epochs": 1}))
    return workspace


@pytest.fixture(scope="module")
def run(workspace: Workspace) -> OpenRun:
    """A short training that says it was the quick preset: what is compared is the configuration."""
    run = open_run(workspace, "quick")
    whole = next(one.config.settings for one in sample_trust.shipped() if one.config.model == SAMPLE_MODEL)
    return replace(
        run, config=run.config.model_copy(update={"settings": run.config.settings | {"epochs": whole["epochs"]}})
    )


def test_the_model_of_the_tour_has_figures_for_its_preset_of_today_in_both_languages(
    run: OpenRun, workspace: Workspace
) -> None:
    trust = sample_trust.trust_for(run.config)
    assert trust is not None
    assert trust.num_users >= 50 and trust.planted is not None and not trust.stopped
    assert all(len(method.undoes_by_user) == trust.num_users == len(trust.users) for method in trust.methods)
    chinese = import_sample(workspace, language="zh").dataset_id
    assert sample_trust.trust_for(run.config.model_copy(update={"dataset_id": chinese})) == trust
    assert trust.usual in methods_for(run.model)


@pytest.mark.parametrize("change", [{"dataset_id": "another"}, {"model": "caser"}, {"settings": {"epochs": 2}}])
def test_a_run_of_other_work_has_none(run: OpenRun, change: dict[str, object]) -> None:
    assert sample_trust.trust_for(run.config.model_copy(update=change)) is None


def test_the_page_says_whose_figures_these_are(
    run: OpenRun, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust = sample_trust.trust_for(run.config)
    monkeypatch.setattr("recsys.services.models.sample_trust.trust_for", lambda _: trust)
    app = opened("models", workspace.path, monkeypatch, run="quick", part="Explanations")
    assert not app.exception
    assert trust is not None and list(table(app, "validation")["faithful"]) == [f"{trust.faithful_share:.0%}*"]
    assert "These figures come with the sample" in texts(app)
    assert app.button(key="measure_trust")
