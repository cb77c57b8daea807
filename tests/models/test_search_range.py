"""Search ranges: values within the range, and ranges within the bounds of their settings."""

from __future__ import annotations

import math

import pytest

from recsys.models import MODELS
from recsys.models.search_range import SearchRange
from recsys.services.train.model_cards import model_card


@pytest.mark.parametrize(
    ("low", "high", "scale", "is_integer", "values"),
    [
        (0.0, 0.6, "linear", False, [0.0, 0.3, 0.6]),
        (1, 3, "linear", True, [1, 2, 3]),
        (1e-4, 1e-2, "log", False, [1e-4, 1e-3, 0.01]),
        (1, 100, "log", True, [1, 10, 100]),
        (16, 64, "power of two", True, [16, 32, 64]),
    ],
)
def test_the_ends_and_the_middle_of_a_range(
    low: float, high: float, scale: str, is_integer: bool, values: list[float]
) -> None:
    searched = SearchRange(low, high, scale, is_integer)  # type: ignore[arg-type]
    assert [searched.at(quantile) for quantile in (0.0, 0.5, 1 - 1e-9)] == values


def test_a_drawn_number_has_three_digits() -> None:
    assert SearchRange(3e-4, 3e-2, "log", False).at(0.123) == 0.000529  # 3e-4 * 100 ** .123 = .00052859…


@pytest.mark.parametrize("name", MODELS)
def test_a_range_lies_within_the_bounds_of_its_setting(name: str) -> None:
    for setting in model_card(name).settings:
        if setting.search is not None:
            assert setting.low is not None and setting.high is not None
            assert setting.low <= setting.search.low < setting.search.high <= setting.high, setting.name
            if setting.search.scale == "power of two":
                assert math.log2(setting.search.low).is_integer() and math.log2(setting.search.high).is_integer()


@pytest.mark.parametrize("name", [name for name in MODELS if model_card(name).settings])
def test_every_model_with_settings_has_one_to_search(name: str) -> None:
    assert any(setting.search for setting in model_card(name).settings)
