"""What holds for every model and method: over 6 recommendations per model, and over 200 as a proof."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from recsys.errors import SettingError
from recsys.explain import METHODS, Explanation, Situation, explain, methods_for
from recsys.explain.explanation import EventContribution
from recsys.explain.methods.attribution import MAX_STEPS
from recsys.explain.scored_history import ScoredHistory
from recsys.models import MODELS
from recsys.models.base import LinearModel, Recommender, SequenceModel
from tests.worlds.ring_models import NUM_ITEMS, NUM_USERS, build, candidates

EXPLAINED = [(name, method) for name in MODELS for method in methods_for(build(name))]
ADD_UP = [(name, method) for name, method in EXPLAINED if METHODS[method].kind == "sum"]
FEW = 6
COUNTS = [FEW, pytest.param(200, marks=pytest.mark.proof)]
LENGTHS = (0, 15, 1, 7, 6, 3, 12, 2)  # of histories; windows are of 6 or of any length


def models(name: str) -> list[Recommender]:
    """As it is by default, and knowing the users' ages where it can."""
    own = build(name)
    return [own, build(name, seed=1, with_ages=True)] if isinstance(own, SequenceModel) else [own]


def recommended_items(name: str, count: int) -> Iterator[Situation]:
    """Histories of 0 to 15 events, some with repeats, of known and unknown users."""
    rng, asked = np.random.default_rng(7), models(name)
    for number in range(count):
        length = LENGTHS[number] if number < len(LENGTHS) else number % 16
        history = rng.integers(1, NUM_ITEMS + 1, size=length)
        user, item = int(rng.integers(0, NUM_USERS + 1)), int(rng.integers(1, NUM_ITEMS + 1))
        yield Situation.of(asked[number % len(asked)], history, item, candidates(), user=user)


@dataclass(frozen=True)
class Told:
    """Situations, their explanations, and what was no longer as before after each."""

    situations: list[Situation]
    explanations: list[Explanation]
    changed: list[str]

    def __iter__(self) -> Iterator[tuple[Situation, Explanation]]:
        return zip(self.situations, self.explanations, strict=True)


@functools.cache
def explained(name: str, method: str, count: int) -> Told:
    told = Told(list(recommended_items(name, count)), [], [])
    with pytest.MonkeyPatch.context() as patch:
        if count == FEW:
            patch.setattr("recsys.explain.methods.shapley.MOST_ORDERS", 24)  # the parts of each order add up
        for situation in told.situations:
            next(situation.model.parameters(), torch.zeros(0)).requires_grad_(False)  # an odd flag must survive, too
            before = state_of(situation.model)
            told.explanations.append(explain(situation, method))
            after = state_of(situation.model)
            told.changed.extend(what for what in before if before[what] != after[what])
    return told


def state_of(model: Recommender) -> dict[str, object]:
    """All that an explanation may not change, in a form that can be compared."""
    return {
        "weights": {key: value.numpy().tobytes() for key, value in model.state_dict().items()},
        "generator": torch.get_rng_state().tolist(),
        "flags": [parameter.requires_grad for parameter in model.parameters()],
        "gradients": [parameter.grad is None for parameter in model.parameters()],
        "hooks": any(m.training or m._forward_hooks or m._backward_hooks for m in model.modules()),
    }


def parts(told: Explanation) -> list[float]:
    return [part.value for part in (*told.features, *told.contributions)]


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize(("name", "method"), ADD_UP)
def test_parts_add_up_within_1_percent_and_the_gap_says_by_how_much_they_do_not(
    name: str, method: str, count: int
) -> None:
    off = 0
    for situation, told in explained(name, method, count):
        assert told.baseline is not None
        change = told.value - told.baseline
        gap = abs(sum(parts(told)) - change) / max(abs(change), 0.01)
        assert told.completeness_gap == pytest.approx(gap, abs=1e-6)
        assert gap < 0.01 or told.steps == MAX_STEPS  # all that integrated gradients may spend: then the gap is shown
        off += gap >= 0.01
        if isinstance(situation.model, LinearModel):
            assert sum(parts(told)) == pytest.approx(change, abs=1e-6 if method == "links" else 1e-5)
    assert off <= count // 50


@pytest.mark.parametrize(("name", "method"), [pair for pair in EXPLAINED if pair not in ADD_UP])
def test_a_method_that_need_not_add_up_claims_no_gap(name: str, method: str) -> None:
    assert all(explain(situation, method).completeness_gap is None for situation in recommended_items(name, 3))


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize(("name", "method"), EXPLAINED)
def test_events_of_the_window_have_an_entry_each_and_no_other_event_has(name: str, method: str, count: int) -> None:
    for situation, told in explained(name, method, count):
        events = [part for part in told.contributions if isinstance(part, EventContribution)]
        assert [event.position for event in events] == (
            [] if situation.model.window == 0 else list(situation.positions)
        )
        assert [event.item for event in events] == [situation.history[event.position] for event in events]


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("name", [name for name, method in EXPLAINED if method == "leave_one_out"])
def test_leaving_one_out_is_asking_again_without_it(name: str, count: int) -> None:
    for situation, told in explained(name, "leave_one_out", count):
        for event in told.contributions:
            assert isinstance(event, EventContribution)
            shorter = np.delete(situation.history, event.position)
            again = Situation(
                ScoredHistory(situation.model, shorter, situation.user), situation.item, situation.allowed_N
            )
            assert told.value - event.value == pytest.approx(explain(again).value, abs=1e-5)
            assert event.rank_without == again.rank


@pytest.mark.parametrize(("name", "method"), EXPLAINED)
def test_padding_and_the_size_of_batches_change_nothing(
    name: str, method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One row at a time nothing is padded; together short histories are padded to the longest."""
    monkeypatch.setattr("recsys.explain.methods.attribution.FIRST_SEGMENTS", 2)  # the rows of a path are alike
    monkeypatch.setattr("recsys.explain.methods.attribution.MAX_STEPS", 16)
    monkeypatch.setattr("recsys.explain.methods.shapley.MOST_ORDERS", 6)  # as are those of sets
    asked = [situation for situation in recommended_items(name, 5) if len(situation.history) in (7, 6)]
    together = [parts(explain(situation, method)) for situation in asked]
    for place in ("rescoring", "scored_history", "methods.path", "methods.shapley"):
        monkeypatch.setattr(f"recsys.explain.{place}.ROWS", 1)
    for situation, expected in zip(asked, together, strict=True):
        np.testing.assert_allclose(parts(explain(situation, method)), expected, atol=1e-4)


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize(("name", "method"), EXPLAINED)
def test_the_model_and_the_shared_generator_are_as_they_were(name: str, method: str, count: int) -> None:
    told = explained(name, method, count)
    assert told.changed == []
    state = state_of(told.situations[-1].model)
    assert all(state["gradients"]) and not state["hooks"]  # type: ignore[call-overload]


@pytest.mark.parametrize("name", MODELS)
def test_a_method_that_a_model_has_not_is_refused_with_a_reason(name: str) -> None:
    model = build(name)
    situation = next(recommended_items(name, 1))
    for method in set(METHODS) - set(methods_for(model)):
        with pytest.raises(SettingError, match=model.title):
            explain(situation, method)
