"""Importance of settings: numbers that can be checked by hand."""

from __future__ import annotations

import pytest

from recsys.evaluation.setting_importance import MIN_RUNS, setting_importance

SCORES = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]


def test_a_setting_that_orders_the_scores_comes_first_and_is_beyond_chance() -> None:
    measured = setting_importance({"noise": [3, 1, 2, 3, 1, 2], "size": [1, 2, 4, 8, 16, 32]}, SCORES)
    assert list(measured) == ["size", "noise"]
    assert measured["size"].correlation == pytest.approx(1)
    assert measured["size"].is_beyond_chance and not measured["noise"].is_beyond_chance


def test_the_sign_says_which_way_is_better() -> None:
    falling = setting_importance({"dropout": [6, 5, 4, 3, 2, 1]}, SCORES)["dropout"]
    assert falling.correlation == pytest.approx(-1)
    assert falling.is_beyond_chance


def test_the_correlation_is_that_of_ranks() -> None:
    # Ranks 2 1 3 5 4 beside 1 2 3 4 5: 1 - 6 * (1 + 1 + 0 + 1 + 1) / (5 * 24) = .8
    measured = setting_importance({"rate": [0.02, 0.01, 0.3, 9.0, 0.4]}, SCORES[:5])
    assert measured["rate"].correlation == pytest.approx(0.8)


def test_with_twelve_runs_chance_alone_reaches_more_than_a_half() -> None:
    scores = [run / 12 for run in range(12)]
    assert setting_importance({"any": scores}, scores)["any"].chance == pytest.approx(0.58, abs=0.03)


def test_what_does_not_vary_has_no_importance() -> None:
    assert setting_importance({"layers": [1] * 6}, SCORES) == {}
    assert setting_importance({"size": [1, 2, 3, 4, 5, 6]}, [0.3] * 6) == {}


def test_few_runs_say_nothing() -> None:
    few = MIN_RUNS - 1
    assert setting_importance({"size": [1, 2, 3, 4][:few]}, SCORES[:few]) == {}
