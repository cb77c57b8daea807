"""What is shown is what is explained: (user, recommendation) pairs of models trained on the sample shop."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from recsys.explain import EventContribution, FeatureContribution, Situation, explain, methods_for
from recsys.explain.questions.counterfactual import keep_only_counterfactuals, removal_counterfactuals
from recsys.models.base import PairModel
from recsys.recommend.topk import recommend
from recsys.services.train.training import TrainRequest, train
from recsys.services.workspace import open_workspace
from recsys.services.workspace.open_run import OpenRun, open_run
from recsys.training.config import TrainingOptions
from tests.worlds.shops import import_shop, train_small
from tests.worlds.small_models import TRAINED_MODELS
from tests.worlds.trained_runs import import_sample_once

RUNS = [
    ("shop", "sasrec"),
    ("shop", "mlp"),
    *(pytest.param(("sample", name), marks=pytest.mark.proof) for name in TRAINED_MODELS),
]


@pytest.fixture(scope="module", params=RUNS, ids=str)
def run(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> OpenRun:
    where, model = request.param
    home = tmp_path_factory.getbasetemp() / f"pairs-{where}"
    if where == "sample":
        return trained_on_the_sample(home, model)
    workspace = open_workspace(home / "home")
    return train_small(workspace, import_shop(workspace, home, pictures=False), model, model)


def trained_on_the_sample(home: Path, model: str) -> OpenRun:
    workspace = open_workspace(home)
    how = TrainingOptions(threads=1)
    request = TrainRequest(import_sample_once(workspace), model, "quick", {"epochs": 1}, how, f"pairs-{model}")
    return open_run(workspace, train(workspace, request).run_id)


def pairs(run: OpenRun, num: int) -> list[tuple[Situation, float]]:
    """Random users, one of the top 10 each, with the score that `recommend` showed."""
    rng, log, found = np.random.default_rng(0), run.dataset.interactions, []
    for user in rng.integers(1, log.num_users + 1, num):
        history = log.history(int(user))
        one = recommend(run.model, history, run.candidates, user=int(user))[int(rng.integers(10))]
        found.append((Situation.of(run.model, history, one.item, run.candidates, user=int(user)), one.score))
    return found


def check(run: OpenRun, num: int) -> None:
    gaps = []
    for situation, score in pairs(run, num):
        exact = explain(situation, methods_for(run.model)[0])
        assert exact.score == pytest.approx(score, rel=1e-5, abs=1e-5)
        part = exact.contributions[int(np.argmax([abs(part.value) for part in exact.contributions]))]
        assert part.value == pytest.approx(again(situation, part, exact.value), rel=1e-3, abs=1e-4)
        gaps.append(explain(situation, "integrated_gradients").completeness_gap)
    assert np.mean(np.array(gaps) < 0.01) >= 0.95


def again(situation: Situation, part: EventContribution | FeatureContribution, value: float) -> float:
    """The contribution by asking the model anew, written out by hand."""
    if isinstance(part, EventContribution):
        shorter = np.delete(situation.history, part.position)
        scores = situation.model.scores([shorter], [situation.user])[0].double()
        rivals = situation.allowed_N.copy()
        rivals[situation.item] = False
        return value - float(scores[situation.item] - torch.logsumexp(scores[torch.from_numpy(rivals)], 0))
    model = situation.model
    assert isinstance(model, PairModel)
    with torch.no_grad():
        known = model.embed_pairs(torch.tensor([situation.user]), torch.tensor([situation.item]))
        place = model.fields.index(part.feature)
        known[place] = model.baseline()[place]
        return value - float(model.logit(known)[0])


def check_counterfactuals(run: OpenRun, num: int) -> None:
    """Every set shown holds when the model is asked about that history by itself and the rank counted out."""
    if run.model.window == 0:
        pytest.skip(f"{run.model.title} reads no events")
    for situation, _ in pairs(run, num):
        allowed = np.flatnonzero(situation.allowed_N)
        for found, keeps in (
            (removal_counterfactuals(situation)[0], False),
            (keep_only_counterfactuals(situation)[0], True),
        ):
            places = list(found.positions)
            history = situation.history[places] if keeps else np.delete(situation.history, places)
            scores = run.model.scores([history], [situation.user])[0].numpy()
            order = sorted(allowed, key=lambda item: (-scores[item], item))
            assert order.index(situation.item) + 1 == found.rank
            assert found.does_it == ((found.rank <= 10) == keeps)


def test_counterfactuals_hold_for_20_pairs(run: OpenRun) -> None:
    check_counterfactuals(run, 20)


@pytest.mark.proof
def test_counterfactuals_hold_for_200_pairs(run: OpenRun) -> None:
    check_counterfactuals(run, 200)


def test_scores_gaps_and_removals_hold_for_20_pairs(run: OpenRun) -> None:
    check(run, 20)


@pytest.mark.proof
def test_scores_gaps_and_removals_hold_for_200_pairs(run: OpenRun) -> None:
    check(run, 200)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_scores_and_reasons_on_cuda_are_those_of_the_cpu(run: OpenRun) -> None:
    (situation, _), history = pairs(run, 1)[0], None
    history = situation.history
    on_cpu, told = run.model.scores([history], [situation.user]), explain(situation, "integrated_gradients")
    try:
        run.model.cuda()
        torch.testing.assert_close(run.model.scores([history], [situation.user]), on_cpu, rtol=1e-3, atol=1e-3)
        again_told = explain(situation, "integrated_gradients")
        assert again_told.value == pytest.approx(told.value, rel=1e-3, abs=1e-3)
    finally:
        run.model.cpu()
