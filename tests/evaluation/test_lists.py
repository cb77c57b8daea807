"""List metrics: the definitions by hand stand as doctests in the module; here they meet a reference library."""

from __future__ import annotations

import doctest
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recsys.data.files import read_json
from recsys.evaluation import lists

CASES = read_json(Path(__file__).parents[2] / "benchmarks" / "results" / "list-metrics.json")["cases"]


def test_the_examples_hold():
    assert doctest.testmod(lists).attempted > 10
    assert doctest.testmod(lists).failed == 0


def padded(case: dict[str, Any]) -> np.ndarray:
    lists_UK = np.zeros((len(case["lists"]), case["k"]), dtype=np.int64)
    for row, items in zip(lists_UK, case["lists"], strict=True):
        row[: len(items)] = items
    return lists_UK


@pytest.mark.parametrize("case", CASES)
def test_the_values_are_those_of_rectools_and_lenskit(case):
    lists_UK, num_items, log = padded(case), case["num_items"], np.array(case["log"])
    counts_N = np.bincount(log[:, 1], minlength=num_items + 1)
    num_users = len(np.unique(log[:, 0]))
    one_hot_NC = np.vstack([np.zeros(3), np.eye(3)[case["categories"]]]).astype(bool)
    known = case["values"]
    assert lists.coverage(lists_UK, num_items) == pytest.approx(known["coverage"], abs=1e-6)
    assert lists.gini(lists_UK, num_items) == pytest.approx(known["gini"], abs=1e-6)
    assert lists.mean(lists.novelty(lists_UK, counts_N, num_users)) == pytest.approx(known["novelty"], abs=1e-6)
    assert lists.mean(lists.popularity(lists_UK, counts_N)) == pytest.approx(known["popularity"], abs=1e-6)
    ours = lists.serendipity(lists_UK, np.array(case["targets"]), counts_N)
    np.testing.assert_allclose(ours, known["serendipity"], atol=1e-6)
    distances = np.nan_to_num(lists.category_distance(lists_UK, one_hot_NC))  # one item has no pair: RecTools says 0
    np.testing.assert_allclose(distances, np.array(known["category_distance"], dtype=float), atol=1e-6)


def test_lists_of_vectors_that_are_unknown_have_no_distance():
    assert np.isnan(lists.vector_distance(np.array([[1, 2], [1, 0]]), np.array([[0.0], [1.0], [0.0]]))).all()
