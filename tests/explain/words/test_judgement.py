"""Verdicts in words, and what stands in place of a reason that does not hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from recsys.explain import explain
from recsys.explain.questions.breakdown import ScoreBreakdown, Source
from recsys.explain.questions.faithfulness import Faithfulness
from recsys.explain.words.judgement import in_words, replacement_sentence
from tests.explain.questions.test_faithfulness import asked, judge


def found(length: int = 8) -> Faithfulness:
    one = asked({item: float(item) for item in range(1, length + 1)})
    return judge(one, explain(one))


def breakdown_of(**sources: float) -> ScoreBreakdown:
    return ScoreBreakdown("margin", 0.0, sum(sources.values()), tuple(Source(*pair) for pair in sources.items()))


def test_what_holds_says_why():
    assert in_words(found()).startswith("Faithful: removing past events in this order drops the item faster")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"deletion_beaten": 0.5}, "Weak: removing past events in this order does not drop"),
        ({"insertion_beaten": 0.5}, "Weak: adding past events back in this order does not raise"),
        ({"gap": 0.08}, "Weak: its parts miss what they should add up to by 8%."),
    ],
)
def test_what_is_weak_names_the_test_that_fails(changes, said):
    assert in_words(replace(found(), verdict="weak", **changes)).startswith(said)


def test_what_does_not_hold_names_every_test_that_fails():
    text = in_words(replace(found(), verdict="does not hold", deletion_beaten=0.1, insertion_beaten=0.1))
    assert text.startswith("Unfaithful: removing") and ", and adding" in text and text.endswith("random order.")


def test_a_past_without_effect_says_so():
    text = in_words(replace(found(), verdict="does not hold", matters=False))
    assert text == "Unfaithful: without any past event the item scores as high as with all of them."


@pytest.mark.parametrize(("length", "said"), [(0, "there is no past event"), (1, "one past event"), (3, "with 3 past")])
def test_what_cannot_be_judged_says_what_is_too_few(length, said):
    assert said in in_words(found(length))


def test_inputs_of_a_dense_network_are_called_so():
    assert "removing inputs" in in_words(found(), of_fields=True)


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        ({"popularity": 3.0, "events": 1.0}, "mostly popularity."),
        ({"popularity": 1.0, "events": 3.0}, "mostly many past events together."),
        ({"popularity": 1.0, "user": 3.0}, "mostly user features."),
        ({"popularity": 1.0, "text": 3.0}, "mostly its title and text."),
        ({"popularity": 1.0, "brand": 3.0}, "mostly its brand."),
        ({"popularity": -1.0, "events": -3.0}, "and nothing else that was measured lifts it."),
    ],
)
def test_in_place_of_a_reason_stands_what_lifts_the_item_most(sources, said):
    text = replacement_sentence(breakdown_of(**sources), 2, 41)
    assert text.startswith("No single past item explains this") and said in text
    assert text.endswith("Without any past event it would fall from rank 2 to rank 41.")


def test_an_event_that_takes_the_item_out_of_the_list_by_itself_is_named():
    text = replacement_sentence(breakdown_of(events=3.0), 1, 210, alone=("Kettle", 95))
    assert text.startswith("Without “Kettle” alone it would fall from rank 1 to rank 95; the order of the other")
    assert text.endswith("Without any past event it would fall from rank 1 to rank 210.")


def test_the_rank_may_stay_or_rise_without_a_past():
    assert replacement_sentence(breakdown_of(popularity=1.0), 2, 2).endswith("it would stay at rank 2.")
    assert replacement_sentence(breakdown_of(popularity=1.0), 7, 2).endswith("it would rise from rank 7 to rank 2.")


def test_of_inputs_none_is_named_alone():
    text = replacement_sentence(breakdown_of(popularity=1.0, item=3.0), 2, 5, of_fields=True)
    assert text.startswith("No single input explains this: it is mostly several inputs together.")
