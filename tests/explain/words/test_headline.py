"""The headline names the largest source of the score breakdown, and past events only where that is the history."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from recsys.explain import Situation, explain
from recsys.explain.questions.breakdown import ScoreBreakdown, Source, compute_breakdown
from recsys.explain.words.headline import headline, names_parts, short_reason, versus_headline
from recsys.explain.words.sentence import versus
from recsys.models.base import Recommender, Shape
from recsys.models.config import ModelConfig
from recsys.models.inputs.item_content import Content
from recsys.models.inputs.traits import Feature
from tests.explain.words.test_sentence import TITLES, removal, traits
from tests.worlds.ring_models import NUM_ITEMS, NUM_USERS, build, situation
from tests.worlds.small_models import build_model

ITEM = 20


class Constant(Recommender):
    """Item 20 gets `alone` whatever the history, and `event` more where the history holds item 1."""

    name, title, family, summary, Config = "constant", "Constant", "baseline", "Adds up.", ModelConfig

    def __init__(self, alone: float, event: float) -> None:
        super().__init__(Shape(NUM_USERS, NUM_ITEMS), ModelConfig())
        self.alone, self.event = alone, event

    def score(self, histories_BL, users_B, ratings_BL=None):  # type: ignore[no-untyped-def]
        scores_BN = torch.zeros(len(histories_BL), NUM_ITEMS + 1)
        scores_BN[:, 5] = 1.0
        scores_BN[:, ITEM] = self.alone + self.event * (histories_BL == 1).any(1)
        return scores_BN


def content_model() -> Recommender:
    """All histories lead to the same state, and only item 20 is of the category that it points to."""
    codes = np.where(np.arange(NUM_ITEMS + 1) == ITEM, 2, 1)
    content = Content(
        ("category",), category=Feature("category", codes, ("unknown", "red", "blue")), num_items=NUM_ITEMS
    )
    model = build_model("gru4rec", Shape(NUM_USERS, NUM_ITEMS, content=content), content="category").eval()
    model.encode = lambda x_BMD, real_BM, attention=None: torch.ones_like(x_BMD)
    with torch.no_grad():
        model.item_embedding.category.weight.copy_(torch.tensor([0.0, 0.0, 5.0])[:, None])
    return model


def told(model: Recommender, history: list[int]) -> tuple[str, str, bool]:
    asked = situation(model.eval(), history)
    exact, breakdown = explain(asked), compute_breakdown(asked)
    titles = [f"Thing {item}" for item in history]
    return (
        headline(asked, exact, breakdown, titles, "Fargo"),
        short_reason(exact, breakdown, titles),
        names_parts(exact, breakdown),
    )


def test_an_event_that_carries_the_item_is_named():
    assert told(Constant(alone=0.5, event=2.0), [1, 2]) == (
        "Recommended mostly because of “Thing 1”: without “Thing 1” it would fall from rank 1 to rank 2.",
        "“Thing 1”",
        True,
    )


def test_an_event_is_not_named_where_the_item_needs_no_history():
    assert told(Constant(alone=2.0, event=0.5), [1, 2]) == (
        "Recommended mostly because of popularity: even without any past event it would stay at rank 1.",
        "popularity",
        False,
    )


def test_content_that_carries_the_item_is_named():
    assert told(content_model(), [1, 2]) == (
        "Recommended mostly because of its category: even without any past event it would stay at rank 1.",
        "its category",
        False,
    )


def test_content_is_named_without_a_history_too():
    assert told(content_model(), [])[0] == "Nothing in the past: “Fargo” is recommended mostly because of its category."


def breakdown(**sources: float) -> ScoreBreakdown:
    return ScoreBreakdown("margin", 0.0, sum(sources.values()), tuple(Source(*pair) for pair in sources.items()))


@pytest.fixture(scope="module")
def asked() -> Situation:
    return situation(build("ease"), [1, 2])


def test_what_is_known_of_the_user_is_named_with_its_columns(asked: Situation):
    known = replace(removal([0.1, 0.2]), features=traits(age=1.0).contributions)
    said = headline(asked, known, breakdown(popularity=0.1, user=1.0, events=0.3), TITLES, "Fargo")
    assert said.startswith("Recommended mostly because of user features (age): ")


def test_where_every_source_lowers_the_item_none_is_named(asked: Situation):
    lowered = breakdown(popularity=-1.0, events=-0.5)
    said = headline(asked, removal([0.1, 0.2], rank=40), lowered, TITLES, "Fargo")
    assert said == "Not among the first 10. No source in the score breakdown speaks for “Fargo”."
    assert short_reason(removal([0.1, 0.2]), lowered, TITLES) == ""


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        (
            {"popularity": 0.1, "user": 2.0, "item": 1.0},
            "Recommended mostly because of what was learnt about the user.",
        ),
        ({"popularity": 3.0, "user": 2.0, "item": 1.0}, "Recommended mostly because of its bias."),
        (
            {"popularity": 0.1, "user": 0.4, "item": 1.0},
            "Recommended mostly because of what was learnt about the item.",
        ),
    ],
)
def test_of_a_pair_model_the_largest_source_is_named(asked: Situation, sources: dict[str, float], said: str):
    assert headline(asked, traits(user=2.0, item=1.0), breakdown(**sources), [], "Fargo") == said


@pytest.mark.parametrize("sources", [{"popularity": 0.1, "events": 1.0}, {"popularity": 1.0, "events": 0.1}])
def test_a_seen_item_is_not_called_suggested(asked: Situation, sources: dict[str, float]):
    seen = replace(removal([1.0, 0.2], [3, 1], rank=1), is_seen=True)
    said = headline(asked, seen, breakdown(**sources), TITLES, "Fargo")
    assert said.startswith(
        "Already in the history, so it is not recommended; among the items not seen yet it would be at rank 1. What speaks for"
    )


def test_user_features_that_lower_an_item_are_not_the_reason_for_it(asked: Situation):
    known = replace(removal([]), features=traits(age=-0.5).contributions)
    lowered = breakdown(popularity=-0.2, user=-0.5)
    assert headline(asked, known, lowered, [], "Fargo").endswith("No source in the score breakdown speaks for “Fargo”.")


def test_of_two_items_the_source_is_named_that_tells_them_apart():
    exact, ranks, items = replace(removal([0.1, 0.2]), quantity="score difference"), (1, 3), ("Fargo", "Dune")
    by_content = versus_headline(exact, breakdown(popularity=0.1, events=0.3, category=2.0), TITLES, items, ranks)
    assert by_content == "“Fargo” comes before “Dune” (ranks 1 and 3) mostly because of its category."
    by_events = versus_headline(exact, breakdown(popularity=0.1, events=3.0, category=0.2), TITLES, items, ranks)
    assert by_events == versus(exact, TITLES, items, ranks)
