"""Every metric at every cut-off: by hand, and against torchmetrics as oracle."""

import numpy as np
import pytest
import torch
from torchmetrics import retrieval

from recsys.evaluation.metrics import METRICS, MISS, means, per_user
from recsys.evaluation.protocol import rank_of

RANKS = np.array([1, 2, 10, 11, MISS])
ORACLES = {
    "hr": retrieval.RetrievalHitRate,
    "precision": retrieval.RetrievalPrecision,
    "recall": retrieval.RetrievalRecall,
    "ndcg": retrieval.RetrievalNormalizedDCG,
    "mrr": retrieval.RetrievalMRR,
}


def test_metrics_of_known_ranks():
    found = per_user(RANKS, (10,))
    assert found["hr@10"].tolist() == [1, 1, 1, 0, 0]
    assert found["precision@10"].tolist() == [0.1, 0.1, 0.1, 0, 0]
    np.testing.assert_allclose(found["ndcg@10"], [1, 1 / np.log2(3), 1 / np.log2(11), 0, 0])
    np.testing.assert_allclose(found["mrr@10"], [1, 0.5, 0.1, 0, 0])


def test_a_larger_cut_off_lets_more_in():
    values = per_user(np.array([6]), (5, 10))
    assert values["ndcg@5"].tolist() == [0]
    assert values["ndcg@10"] == pytest.approx([1 / np.log2(7)])


def test_a_mean_is_over_all_users_also_those_that_are_missed():
    assert means(RANKS, (10,))["hr@10"] == pytest.approx(3 / 5)
    assert means(RANKS, (10,))["mrr@10"] == pytest.approx(1.6 / 5)


def test_with_one_target_recall_is_the_hit_rate():
    values = per_user(RANKS)
    assert all((values[f"recall@{k}"] == values[f"hr@{k}"]).all() for k in (5, 10, 20))


def test_every_metric_is_there_at_every_cut_off():
    assert set(means(RANKS, (3, 7))) == {f"{metric}@{k}" for metric in METRICS for k in (3, 7)}


@pytest.mark.parametrize("k", [1, 5, 10])
@pytest.mark.parametrize("metric", METRICS)
def test_a_metric_agrees_with_torchmetrics(metric, k):
    users, items = 40, 30
    generator = torch.Generator().manual_seed(3)
    scores = torch.rand(users, items, generator=generator)
    targets = torch.randint(items, (users,), generator=generator)
    relevant = torch.nn.functional.one_hot(targets, items)
    rows = torch.arange(users).repeat_interleave(items)
    expected = ORACLES[metric](top_k=k)(scores.flatten(), relevant.flatten(), indexes=rows)
    found = means(rank_of(scores, targets).numpy(), (k,))[f"{metric}@{k}"]
    assert found == pytest.approx(float(expected), abs=1e-6)
