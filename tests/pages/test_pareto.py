"""The chart beside the leaderboard: round ticks, and names where there is room."""

from __future__ import annotations

import pytest

from recsys.ui.models.pareto import COLUMNS, Scale, tick_text
from recsys.ui.models.point_labels import sides


@pytest.mark.parametrize(
    ("name", "values", "texts"),
    [
        ("seconds", [0.3, 14.0, 31.0], ["0.3", "1", "3", "10", "30"]),
        ("seconds", [0.5, 4000.0], ["1", "10", "100", "1,000"]),
        ("bytes", [2e5, 1.4e6], ["200 kB", "500 kB", "1 MB"]),
    ],
)
def test_a_log_axis_has_round_numbers(name: str, values: list[float], texts: list[str]) -> None:
    scale = Scale.of(values, COLUMNS[name])
    assert scale.is_log
    shown = [tick for tick in scale.ticks() if 0 <= scale.share(tick) <= 1]
    assert [tick_text(tick, COLUMNS[name].unit) for tick in shown] == texts


def test_an_axis_of_alike_values_is_linear() -> None:
    assert not Scale.of([483e3, 558e3], COLUMNS["bytes"]).is_log
    assert not Scale.of([3.0], COLUMNS["seconds"]).is_log
    assert not Scale.of([0.0, 3.0], COLUMNS["seconds"]).is_log


def test_names_keep_off_the_line_and_each_other() -> None:
    points = [(20.0, 20.0), (190.0, 140.0), (220.0, 170.0)]
    found = sides(points, ["EASE", "GRU4Rec", "SASRec"], points, (236.0, 180.0), always={2})
    assert found == {0: "middle right", 1: "middle left", 2: "middle left"}


def test_points_without_room_have_no_name_but_the_selected_one_has() -> None:
    crowd = [(100.0 + 4 * x, 90.0 + 4 * y) for x in range(-3, 4) for y in range(-3, 4)]
    found = sides(crowd, ["A long name"] * len(crowd), [], (236.0, 180.0), always={24})
    assert 24 in found
    assert len(found) < len(crowd)
