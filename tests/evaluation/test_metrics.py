"""Metrics by numbers that a reader can check by hand, and ranks over the whole catalogue."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torchmetrics.functional.retrieval import retrieval_normalized_dcg, retrieval_reciprocal_rank

from recsys.data.load import ImportRequest, load_dataset
from recsys.evaluation.intervals import bootstrap
from recsys.evaluation.metrics import MISS, means, per_user
from recsys.evaluation.protocol import rank_of, ranks
from recsys.models import MODELS
from recsys.models.base import FittedModel, Shape
from recsys.sequences.candidates import Candidates, only
from recsys.sequences.split import leave_one_out
from recsys.training.trainer import fit
from tests.logs import log_of

ML100K = Path(__file__).resolve().parents[3] / "shared" / "data" / "ml-100k" / "u.data"


def test_metrics_of_known_ranks() -> None:
    found = per_user(np.array([1, 2, 10, 11, MISS]), (10,))
    assert found["hr@10"].tolist() == [1, 1, 1, 0, 0]
    assert found["precision@10"].tolist() == [0.1, 0.1, 0.1, 0, 0]
    np.testing.assert_allclose(found["ndcg@10"], [1, 1 / math.log2(3), 1 / math.log2(11), 0, 0])
    np.testing.assert_allclose(found["mrr@10"], [1, 0.5, 0.1, 0, 0])


def test_metrics_equal_those_of_torchmetrics() -> None:
    scores = torch.rand(50, 40, generator=torch.Generator().manual_seed(0))
    targets = torch.arange(50) % 40
    found = per_user(rank_of(scores, targets).numpy(), (10,))
    for row in range(50):
        relevant = torch.arange(40) == targets[row]
        assert found["ndcg@10"][row] == pytest.approx(float(retrieval_normalized_dcg(scores[row], relevant, top_k=10)))
        assert found["mrr@10"][row] == pytest.approx(float(retrieval_reciprocal_rank(scores[row], relevant, top_k=10)))


def test_a_tie_goes_to_the_lower_index() -> None:
    scores = torch.tensor([[0.0, 1.0, 1.0, 1.0]])
    assert [int(rank_of(scores, torch.tensor([item]))[0]) for item in (1, 2, 3)] == [1, 2, 3]


def test_a_masked_target_is_a_miss() -> None:
    scores = only(torch.ones(1, 3), np.array([[False, True, False]]))
    assert int(rank_of(scores, torch.tensor([2]))[0]) == MISS


def test_an_item_without_training_event_is_no_candidate_and_a_seen_one_neither() -> None:
    split = leave_one_out(log_of([[0, 1, 2, 3], [0, 1, 2, 4], [1, 0, 2]]))
    allowed = Candidates.of(split).mask([split.test.history(0)])[0]
    assert allowed.tolist() == [False, False, False, False, False, False]
    assert Candidates.of(split).mask([np.array([1])])[0].tolist() == [False, False, True, False, False, False]


def test_seen_items_stay_candidates_where_the_log_holds_repeats() -> None:
    split = leave_one_out(log_of([[0, 1, 0, 1], [1, 0, 1, 0]]))
    assert Candidates.of(split).mask([np.array([1, 2])])[0].tolist() == [False, True, True]


def test_the_bootstrap_interval_holds_the_mean_and_repeats() -> None:
    values = np.random.default_rng(0).random(500)
    low, high = bootstrap(values)
    assert low < values.mean() < high
    assert (low, high) == bootstrap(values)


@pytest.mark.skipif(not ML100K.exists(), reason="MovieLens-100K is not here")
@pytest.mark.parametrize(
    ("name", "hit_rate", "ndcg", "close"),
    [("ease", 0.1432, 0.0711, 5e-5), ("markov", 0.1972, 0.1103, 5e-5), ("popularity", 0.086, 0.0448, 6e-4)],
)
def test_the_protocol_gives_the_known_figures_on_movielens_100k(
    name: str, hit_rate: float, ndcg: float, close: float, tmp_path: Path
) -> None:
    log = load_dataset(ImportRequest(ML100K), tmp_path).interactions
    assert (len(log), log.num_users, log.num_items) == (100_000, 943, 1_682)
    split = leave_one_out(log)
    model = MODELS[name](Shape(943, 1_682), MODELS[name].Config())
    assert isinstance(model, FittedModel)
    fit(model, split)
    found = means(ranks(model, split.test, Candidates.of(split)), (10,))
    assert found["hr@10"] == pytest.approx(hit_rate, abs=max(close, 1e-3) if name == "popularity" else close)
    assert found["ndcg@10"] == pytest.approx(ndcg, abs=close)
