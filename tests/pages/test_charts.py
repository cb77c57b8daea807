"""Charts as they are handed to plotly: names, axes and colours that a reader depends on."""

from __future__ import annotations

import numpy as np
import pytest

from recsys.ui.explain.evidence_charts import attention_map
from recsys.ui.parts import charts
from recsys.ui.parts.compact_charts import LearningCurve, learning_curves


def test_long_names_of_a_waterfall_take_two_lines_and_each_number_has_room():
    figure = charts.waterfall(["its score without a history"], [2.0], ("nothing", 0.0), "this item", "log-odds")
    assert figure.data[0].y[1] == "its score without a<br>history "
    assert figure.data[0].text == ("0.00", "+2.00", "2.00")
    lowered = charts.waterfall(["popularity"], [-9.18], ("average item", -6.3), "this item", "log-odds")
    assert lowered.data[0].text == ("−6.30", "−9.18", "−15.48"), "the minus of the axis"
    low, high = figure.layout.xaxis.range
    assert (0.0 - low, high - 2.0) == pytest.approx(
        (0.9, 0.9)
    )  # on a narrow screen the bars get 60 pixels and a number takes 40


def test_the_events_of_a_strip_are_at_their_positions_in_the_whole_history():
    figure = charts.strip(["Alien", "Brazil"], [0.1, 0.2], [40, 41], "log-odds")
    assert figure.data[0].x == (40, 41)
    assert (figure.layout.xaxis.range, figure.layout.xaxis.dtick) == ((39.5, 41.5), 1)
    assert charts.strip(["Alien"] * 30, [0.1] * 30, range(30), "log-odds").layout.xaxis.dtick is None


def test_learning_curves_have_short_titles_and_quality_above_the_loss_wherever_they_are_drawn():
    compared = charts.curves({"GRU4Rec": ([1, 2], [0.9, 0.8], [0.1, 0.2])})
    curve = LearningCurve("GRU4Rec", [1, 2], [0.9, 0.8], [0.1, 0.2])
    watched = learning_curves([curve], "NDCG@10", is_first_current=True)
    for figure in (compared, watched):
        assert (figure.layout.yaxis.title.text, figure.layout.yaxis2.title.text) == ("NDCG@10", "loss")
        assert figure.layout.yaxis.domain[0] > figure.layout.yaxis2.domain[1]
        assert [trace.y for trace in figure.data if trace.yaxis == "y2"] == [(0.9, 0.8)]


def test_no_attention_shows_the_page_itself_so_that_it_is_not_white_in_the_dark():
    heatmap = attention_map(["Alien"], np.ones((1, 1)), ["layer 1, head 1"], ["40"], ["39"]).data[0]
    assert heatmap.colorscale[0][1] == "rgba(0,114,178,0)"
