"""The sentence on a score breakdown agrees with its bars: it names what raises an item, or what lowers it."""

from __future__ import annotations

import pytest

from recsys.explain.quantity import LOGIT, MARGIN, SCORE, Quantity
from recsys.services.explain.numbers import chance
from recsys.services.explain.score_breakdown import BreakdownReport
from recsys.services.explain.source_notes import notes


def report(start: float, quantity: Quantity = MARGIN, **sources: float) -> BreakdownReport:
    largest = max(sources.items(), key=lambda pair: pair[1])
    value = start + sum(sources.values())
    return BreakdownReport(
        quantity, start, value, 0.0, tuple(sources.items()), largest if largest[1] > 0 else None, tuple(sources)
    )


@pytest.mark.parametrize(
    ("breakdown", "said"),
    [
        (
            report(-6.3, popularity=-9.18, history=15.4),
            "By the model, its chance of coming next is 48% (log-odds −0.08), above an average item’s 0.18% (−6.30): "
            "mostly history (+15.40).",
        ),
        (
            report(-6.3, popularity=-9.18, history=8.3),
            "By the model, its chance of coming next is 0.076% (log-odds −7.18), below an average item’s 0.18% (−6.30): "
            "mostly popularity (−9.18), despite history (+8.30).",
        ),
        (report(0.0, LOGIT, popularity=-2.0, user=-0.5), "This item is at −2.50 log-odds: mostly popularity (−2.00)."),
        (report(0.0, SCORE, history=0.024), "This item is at a score of 0.02: mostly history (+0.024)."),
    ],
)
def test_the_source_is_named_that_goes_with_the_sign_of_the_whole(breakdown: BreakdownReport, said: str) -> None:
    assert breakdown.sentence == said


@pytest.mark.parametrize(
    ("log_odds", "said"),
    [(-0.083, "48%"), (5.4, "99.6%"), (9.0, ">99.9%"), (-6.3, "0.18%"), (-20.0, "<0.001%"), (-1000.0, "<0.001%")],
)
def test_a_chance_has_two_digits_and_is_never_rounded_to_0_or_100(log_odds: float, said: str) -> None:
    assert chance(log_odds) == said


def test_each_bar_has_a_note_and_both_ends_say_their_chance() -> None:
    shown = notes(report(-6.3, popularity=-9.18, events=15.4))
    assert len(shown) == 4 and all(shown)
    assert "0.18%" in shown[0] and "48%" in shown[-1]
