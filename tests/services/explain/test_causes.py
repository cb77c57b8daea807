"""The causes agree with the headline: past events or inputs where it names them, else sources of the score."""

from __future__ import annotations

from dataclasses import replace

from recsys.explain import EventContribution, Explanation, FeatureContribution
from recsys.explain.quantity import MARGIN
from recsys.explain.questions.breakdown import ScoreBreakdown, Source
from recsys.services.explain.causes import Cause, source_kind, strongest_causes
from recsys.services.explain.explain_item import ItemExplanation
from recsys.services.explain.score_breakdown import BreakdownReport

PARTS = [
    EventContribution(7, 0, 0.5),
    EventContribution(8, 1, -2.0),
    EventContribution(9, 2, 0.1),
    EventContribution(7, 3, 0.2),
]
EXACT = Explanation("leave_one_out", "margin", 1.0, 1.0, 1, 0.0, PARTS, features=[FeatureContribution("age", 0.3)])
SOURCES = (Source("popularity", -0.5), Source("events", 1.0), Source("text", 2.0))
TOLD = ItemExplanation(
    "x", "X", "", MARGIN, EXACT, ["A", "B", "C", "A"], EXACT, ScoreBreakdown("margin", 0.0, 1.0, SOURCES)
)
REPORT = BreakdownReport(MARGIN, 0.0, 2.5, 0.0, (("anyone", -0.5), ("history", 1.0), ("its text", 2.0)), None)


def test_events_and_user_features_that_raise_the_score_the_strongest_three_first() -> None:
    assert strongest_causes(TOLD, REPORT, of_parts=True) == [
        Cause("A", 0.5, "event", 7), Cause("age (of the user)", 0.3, "user"), Cause("A", 0.2, "event", 7),
    ]  # fmt: skip


def test_sources_where_the_headline_names_no_part_and_popularity_where_there_is_nothing_else() -> None:
    assert strongest_causes(TOLD, REPORT, of_parts=False) == [
        Cause("its text", 2.0, "text"), Cause("history", 1.0, "events"),
    ]  # fmt: skip
    same_for_all = replace(REPORT, sources=(("anyone", 0.5),))
    assert strongest_causes(None, same_for_all, of_parts=False) == [Cause("anyone", 0.5, "popularity")]


def test_inputs_of_pair_models_are_of_the_user_or_a_part_of_the_item() -> None:
    kinds = {"user": "user", "user.age": "user", "item": "id", "item.category": "category", "user features": "user"}
    assert {source: source_kind(source) for source in kinds} == kinds
