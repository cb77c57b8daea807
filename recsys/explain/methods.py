"""The one door to explanations: which methods a model has, and one explanation of one situation.

`METHODS` is the one list: pages, command line and tests read it. Refuses, in words, a method that is not
there or that the model has not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from recsys.errors import SettingError
from recsys.explain.attention import attention, has_attention, look
from recsys.explain.attribution import gradient_x_input, integrated_gradients
from recsys.explain.contrast import both, difference
from recsys.explain.explanation import Explanation
from recsys.explain.removal import ablation, leave_one_out, no_events
from recsys.explain.situation import Situation
from recsys.models.base import PairModel, Recommender, SequenceModel


@dataclass(frozen=True)
class Method:
    """`help` is one line for a person; `suits` says whether a model has it, `needs` what it would take."""

    name: str
    label: str
    help: str
    needs: str
    suits: Callable[[Recommender], bool]
    run: Callable[[Situation], Explanation]


METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method(
            "leave_one_out",
            "Leave one out",
            "Takes each past event away in turn and asks the model again: exact.",
            "a model that looks at past events",
            lambda model: model.window != 0,
            leave_one_out,
        ),
        Method(
            "ablation",
            "Hide one input",
            "Hides who the user is, what the item is and each known trait in turn, and asks the model again: exact.",
            "a model of users, items and their traits",
            lambda model: isinstance(model, PairModel),
            ablation,
        ),
        Method(
            "integrated_gradients",
            "Integrated gradients",
            "Shares the distance from knowing nothing out over the inputs, so that the parts add up.",
            "a single model trained by gradients",
            lambda model: isinstance(model, SequenceModel | PairModel),
            integrated_gradients,
        ),
        Method(
            "gradient_x_input",
            "Gradient x input",
            "A quick first guess from the slope at the history as it is; the parts need not add up.",
            "a single model trained by gradients",
            lambda model: isinstance(model, SequenceModel | PairModel),
            gradient_x_input,
        ),
        Method(
            "attention",
            "Attention",
            "Where the model looked, which is not why: an event with much weight may change nothing.",
            "a single model with attention",
            has_attention,
            attention,
        ),
    )
}


def methods_for(model: Recommender) -> list[str]:
    """The names of the methods that a model has, the default first; none where it looks at nothing."""
    return [method.name for method in METHODS.values() if method.suits(model)]


def explain(situation: Situation, method: str | None = None) -> Explanation:
    """One explanation, by the model's default method where none is named; attention stands beside where it is.

    Raises SettingError for a method that is unknown or that the model has not, naming those it has.
    """
    model = situation.model
    known = methods_for(model)
    if method is None and known:
        method = known[0]
    if method is not None and method not in METHODS:
        raise SettingError(f"No method {method!r}. Choose one of {', '.join(known or METHODS)}.")
    if not known:
        raise SettingError(no_events(model.title, has_fields=False))
    assert method is not None
    if method not in known:
        why = f"{method} needs {METHODS[method].needs}"
        raise SettingError(f"{model.title} cannot be explained by {method}: {why}. Choose {' or '.join(known)}.")
    explanation = _run(situation, METHODS[method])
    looks = look(situation) if explanation.attention is None else None
    return explanation if looks is None else replace(explanation, attention=looks[0], rollout=looks[1])


def _run(situation: Situation, method: Method) -> Explanation:
    if situation.against is not None and isinstance(situation.model, PairModel):
        one, other = both(situation)
        return difference(situation, method.run(one), method.run(other))
    return method.run(situation)
