import numpy as np
import pytest

from recsys.evaluation import scores as scores_module
from recsys.evaluation.scores import target_scores
from recsys.models import MODELS
from recsys.models.base import FittedModel, Shape
from recsys.sequences.split import Targets, leave_one_out
from tests.worlds.small_models import build_model


@pytest.fixture
def targets(cycle):
    rng = np.random.default_rng(0)
    users = rng.integers(1, cycle.num_users + 1, 90)
    ends = cycle.offsets[users] + rng.integers(0, 4, 90)  # some histories are empty, some are asked about twice
    return Targets(cycle, users, rng.integers(1, cycle.num_items + 1, 90), ends)


@pytest.mark.parametrize("name", MODELS)
def test_a_targets_score_is_the_one_of_the_whole_catalogue(cycle, targets, name, monkeypatch):
    model = build_model(name, Shape(cycle.num_users, cycle.num_items)).eval()
    if isinstance(model, FittedModel):
        model.fit(leave_one_out(cycle).train)
    monkeypatch.setattr(scores_module, "SCORE_ROWS", 7)  # more than one batch
    monkeypatch.setattr(scores_module, "PAIRS", 40)
    every = model.scores([targets.history(row) for row in range(90)], targets.users).numpy()
    np.testing.assert_allclose(target_scores(model, targets), every[np.arange(90), targets.items], rtol=1e-5, atol=1e-5)
