"""Charts and notes of the Data page: what a reader sees, and the ids that a click needs."""

from __future__ import annotations

import numpy as np
import pytest

from recsys.data.dataset import Repair
from recsys.ui.data import profile_charts
from recsys.ui.data.import_preview import repair_note
from recsys.ui.parts import chart_frame, charts


def test_numbers_are_written_in_full_with_room_for_the_longest():
    margins = []
    for most in (500, 30_000, 1_000_000):
        figure = charts.bars(["1"], [most], "rating", "events")
        chart_frame.apply_style(figure, "key", 200, 13, None)
        axis = figure.layout.yaxis
        assert (axis.exponentformat, axis.separatethousands) == ("none", True)
        margins.append(figure.layout.margin.l)
    assert margins[0] == chart_frame.NUMBERS
    assert margins == sorted({*margins})


def test_two_categories_that_look_alike_keep_a_bar_each():
    names = ["Historical novels of the north", "Historical novels of the south"]
    figure = profile_charts.category_bars(names, [2, 1], "items")
    assert figure.layout.yaxis.ticktext == ("Historical novels of…", "Historical novels of…")
    assert figure.data[0].y == (0, 1)
    assert figure.data[0].hovertext == tuple(names)


def test_the_text_of_the_long_tail_stands_in_the_corner_that_the_curve_leaves_free():
    rank = np.array([1, 10, 100, 500])
    (text,) = profile_charts.long_tail(rank, 1000 // rank, rank / 500, 300).layout.annotations
    assert (text.xref, text.yref, text.x, text.y, text.xanchor, text.yanchor) == (
        "paper",
        "paper",
        1,
        1,
        "right",
        "top",
    )
    assert text.text == "80% of events: 300 items"


@pytest.mark.parametrize(
    ("events", "labels"),
    [([900, 50, 2], None), ([90, 50, 20], (1, 2)), ([8, 3, 1], (0, 1)), ([10, 10, 10], (1, 2)), ([7, 7, 7], (0, 1))],
)
def test_a_logarithmic_axis_labels_powers_of_ten_alone_and_two_at_least(events, labels):
    rank = np.array([1, 10, 100])
    axis = profile_charts.long_tail(rank, np.array(events), rank / 100, 10).layout.yaxis
    assert axis.dtick == 1
    if labels is None:
        assert axis.range is None
    else:
        assert (round(axis.range[0] + 0.05, 6), round(axis.range[1] - 0.05, 6)) == labels


def test_a_note_of_the_import_names_its_first_lines():
    assert repair_note(Repair(kind="k", message="Read.")) == "Read\\."
    assert repair_note(Repair(kind="k", message="Read.", lines=(1000,))) == "Read\\. Line 1000."
    assert repair_note(Repair(kind="k", message="Read.", count=5, lines=(3, 8))) == "Read\\. Lines 3, 8 and more."
