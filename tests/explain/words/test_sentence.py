from dataclasses import replace

import pytest

from recsys.explain import explain
from recsys.explain.explanation import EventContribution, Explanation, FeatureContribution
from recsys.explain.words.sentence import because, sentence, versus
from tests.worlds.ring_models import build, situation

TITLES = ["Alien", "Brazil", "Casablanca", "Dune", "Eraserhead"]


def removal(values, ranks=None, rank=2, quantity="margin", baseline=0.0):
    ranks = ranks or [rank] * len(values)
    return Explanation(
        method="leave_one_out",
        quantity=quantity,
        value=1.0,
        score=1.0,
        rank=rank,
        baseline=baseline,
        contributions=[
            EventContribution(place + 1, place, value, without)
            for place, (value, without) in enumerate(zip(values, ranks, strict=True))
        ],
    )


def traits(**values):
    contributions = [FeatureContribution(name, value) for name, value in values.items()]
    return Explanation("ablation", "logit", 1.0, 1.0, 1, 0.0, contributions)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            [0.1, 2.0, 0.2],
            "Not among the first 10. What speaks for “Fargo” is mostly “Brazil”: without “Brazil” it would still",
        ),
        ([0.3] * 9 + [0.4], "Not among the first 10. What speaks for “Fargo” is many of the last 10 events"),
        ([0.01, 0.0], "Not among the first 10. No single past event speaks for “Fargo”."),
        ([-1.0, -2.0], "Not among the first 10. No past event raises “Fargo”."),
        ([], "No past event: “Fargo” has this rank for anyone without a history."),
    ],
)
def test_an_item_below_the_first_ten_is_not_called_suggested(values, said):
    explanation = replace(removal(values, rank=11), baseline=2.0)
    assert sentence(explanation, TITLES * 2, "Fargo").startswith(said)
    assert "ecommend" in sentence(replace(explanation, rank=10), TITLES * 2, "Fargo")


def test_a_dense_network_does_not_call_suggested_what_is_below_the_first_ten():
    assert sentence(replace(traits(user=1.0, item=0.2), rank=11), [], "Fargo") == (
        "Not among the first 10. What speaks for “Fargo” is mostly what was learnt about the user."
    )


def test_one_event_that_decides():
    said = sentence(removal([0.1, 2.0, 0.2], [2, 37, 3]), TITLES, "Fargo")
    assert said == "Recommended mostly because of “Brazil”: without “Brazil” it would fall from rank 2 to rank 37."


def test_two_events_that_decide():
    said = sentence(removal([1.0, 0.9, 0.8, 0.7], [37, 5, 3, 3]), TITLES, "Fargo")
    expected = "“Alien” and “Brazil”: without “Alien” it would fall from rank 2 to rank 37."
    assert said == f"Recommended mostly because of {expected}"


def test_three_events_that_decide():
    said = sentence(removal([1.0, 0.9, 0.9, 0.8, 0.8], [9, 5, 3, 3, 3]), TITLES, "Fargo")
    assert said.startswith("Recommended mostly because of “Alien”, “Casablanca” and “Brazil”: without “Alien”")


def test_a_reason_whose_loss_moves_nothing():
    said = sentence(removal([2.0], [1], rank=1), TITLES, "Fargo")
    without = "without “Alien” it would still be at rank 1, with 7.4 times lower odds."
    assert said == f"Recommended mostly because of “Alien”: {without}"


@pytest.mark.parametrize(("value", "times"), [(0.41, "1.5"), (2.31, "10"), (4.8, "120"), (800.0, "1,000,000")])
def test_how_much_the_odds_fall_is_rounded_and_bounded(value, times):
    assert f"with {times} times lower odds" in sentence(removal([value], [1], rank=1), TITLES, "Fargo")


def test_odds_that_hardly_fall_are_not_counted():
    said = sentence(removal([0.39], [1], rank=1), TITLES, "Fargo")
    assert said.endswith("even without “Alien” it would stay at rank 1.")


def test_a_reason_whose_loss_moves_the_rank_the_other_way_claims_no_rise():
    assert sentence(removal([2.0], [4], rank=5), TITLES, "Fargo").endswith(
        "without “Alien” it would be at rank 4 instead of 5."
    )


def test_many_small_reasons():
    values = [0.3] * 9 + [0.4]
    said = sentence(removal(values, [2] * 9 + [4]), [*TITLES, *TITLES], "Fargo")
    assert said == (
        "No single past event decides: “Fargo” is recommended because of many of the last 10 events, most of all "
        "“Eraserhead”: without “Eraserhead” it would fall from rank 2 to rank 4."
    )


def test_reasons_too_small_to_notice():
    said = sentence(removal([0.01, -0.02]), TITLES, "Fargo")
    assert said == "No single past event decides: none is enough to recommend “Fargo”."


def test_small_scores_of_a_linear_model_are_still_reasons():
    said = sentence(removal([0.01, 0.001], quantity="score"), TITLES, "Fargo")
    assert said.startswith("Recommended mostly because of “Alien”:")


def test_an_event_that_speaks_against():
    said = sentence(removal([2.0, -1.5], [9, 1]), TITLES, "Fargo")
    assert said.endswith(" “Brazil” speaks against it: without “Brazil” it would rise from rank 2 to rank 1.")


def test_a_whisper_against_is_left_out():
    assert "against" not in sentence(removal([2.0, -0.5], [9, 1]), TITLES, "Fargo")


def test_an_event_against_whose_loss_does_not_lift_the_rank_is_left_out():
    assert "against" not in sentence(removal([2.0, -1.5], [9, 3]), TITLES, "Fargo")


def test_a_history_that_speaks_against():
    said = sentence(removal([-0.2, -2.0], [2, 1], baseline=3.0), TITLES, "Fargo")
    assert said.startswith("No past event raises “Fargo”: it is recommended despite the history. “Brazil”")


def test_a_history_that_speaks_for_it_as_a_whole_is_not_called_against():
    said = sentence(removal([0.01, -2.0], [2, 1], baseline=-3.0), TITLES, "Fargo")
    assert said.startswith("No single past event decides: none is enough to recommend “Fargo”. “Brazil”")


def test_an_empty_history():
    said = sentence(removal([]), [], "Fargo")
    assert said == "No past event: the model recommends “Fargo” to anyone without a history."


def test_titles_come_out_as_they_went_in():
    said = sentence(removal([1.0]), ["![{x}](http://example.org) <b>"], "Fargo")
    assert "“![{x}](http://example.org) <b>”" in said


def test_the_same_title_is_named_once():
    assert "of “Alien”: " in sentence(removal([1.0, 1.0]), ["Alien", "Alien"], "Fargo")


def test_what_a_dense_network_goes_by():
    said = sentence(traits(user=1.0, age_group=0.9, item=0.2), [], "Fargo")
    assert said == "Recommended mostly because of what was learnt about the user and the known age group."


def test_a_trait_that_speaks_against():
    said = sentence(traits(user=-1.0, age=0.1, item=2.0), [], "Fargo")
    assert (
        said
        == "Recommended mostly because of what was learnt about the item. What speaks against it is what was learnt about the user."
    )


def test_nothing_known_speaks_for_it():
    assert sentence(traits(user=0.0, item=0.0), [], "Fargo").startswith("Nothing known about the user or the item")


def test_attention_never_makes_a_sentence():
    explanation = explain(situation(build("sasrec"), [1, 2]), "attention")
    with pytest.raises(AssertionError, match="exact removals only"):
        sentence(explanation, TITLES, "Fargo")


def compared(values, value=1.0, quantity="difference"):
    return replace(removal(values, quantity=quantity), value=value)


def test_of_two_items_the_reason_that_turns_them_round():
    said = versus(compared([0.1, 2.0, -0.4]), TITLES, ("Fargo", "Gattaca"), (2, 37))
    assert said == (
        "“Fargo” comes before “Gattaca” (ranks 2 and 37) mostly because of “Brazil”: without “Brazil” it would be the "
        "other way round. What speaks most for “Gattaca” is “Casablanca”."
    )


def test_of_two_items_a_reason_that_is_not_alone():
    said = versus(compared([0.6, 0.5], value=1.0), TITLES, ("Fargo", "Gattaca"), (1, 2))
    assert said.endswith("mostly because of “Alien”, and would even without “Alien”.")


def test_of_two_items_no_event_decides():
    assert versus(compared([0.01, 0.0]), TITLES, ("Fargo", "Gattaca"), (1, 2)) == (
        "“Fargo” comes before “Gattaca” (ranks 1 and 2), and no past event decides it."
    )


def test_of_two_items_a_trait():
    fields = replace(traits(user=0.2, item=1.5, age=-0.3), quantity="difference")
    said = versus(fields, [], ("Fargo", "Gattaca"), (1, 2))
    assert "mostly because of what was learnt about the item: without what was learnt about the item" in said
    assert said.endswith("What speaks most for “Gattaca” is the known age.")


def test_the_reason_alone():
    assert because(removal([0.1, 2.0, 0.2]), TITLES) == "“Brazil”"
    assert because(removal([0.3] * 9 + [0.4]), TITLES * 2) == "“Eraserhead” and many other events"
    assert because(removal([0.01, -2.0]), TITLES) == ""
    assert because(removal([]), TITLES) == ""
    assert because(traits(user=2.0), []) == ""


def test_what_rounding_leaves_of_a_sum_is_no_reason():
    told = removal([3e-7, -3e-7], quantity="score")
    assert sentence(told, TITLES, "Fargo") == "No single past event decides: none is enough to recommend “Fargo”."
    assert because(told, TITLES) == ""
    apart = versus(replace(told, quantity="score difference", value=1e-6), TITLES, ("Fargo", "Gattaca"), (1, 2))
    assert apart == "“Fargo” comes before “Gattaca” (ranks 1 and 2), and no past event decides it."
    assert because(removal([3e-4], quantity="score"), TITLES) == "“Alien”"
