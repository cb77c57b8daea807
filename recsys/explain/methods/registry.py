"""Registry of explanation methods, and the entry point `explain`.

Pages, command line and tests read `METHODS`. Refuses unknown methods and those that do not suit the model.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

from recsys.errors import SettingError
from recsys.explain.explanation import Explanation
from recsys.explain.methods.ablation import ablation, feature_ablation
from recsys.explain.methods.attention import attention, attention_rollout, has_attention, look
from recsys.explain.methods.attribution import gradient_x_input, integrated_gradients, integrated_gradients_mean
from recsys.explain.methods.leave_one_out import leave_one_out, no_events
from recsys.explain.methods.links import links
from recsys.explain.methods.shapley import shapley
from recsys.explain.questions.contrast import both, difference
from recsys.explain.situation import Situation
from recsys.messages import Message, message
from recsys.models.base import LinearModel, PairModel, Recommender, SequenceModel

Kind = Literal["removal", "sum", "slope", "look"]
EVENTS = message("a model that reads past events")
FIELDS = message("a model that reads user and item features")
INPUTS = message("a model that reads past events, or user and item features")
LINKS = message("a score that is a sum of links from events to items")
NETWORK = message("a single model trained by gradients")
READER = message("a single network that reads past events")
ATTENTION = message("a single model with attention")


@dataclass(frozen=True)
class Method:
    """An explanation method. `help` is one line of text; `suits` tests a model, `needs` describes the requirement.

    `kind`: removal effects, parts of a sum, gradients ("slope") or attention ("look"). `made_with`: the captum class,
    or "own".
    """

    name: str
    label: str
    help: str
    kind: Kind
    made_with: str
    needs: str
    suits: Callable[[Recommender], bool]
    run: Callable[[Situation], Explanation]


def _is_network(model: Recommender) -> bool:
    return isinstance(model, SequenceModel | PairModel)


METHODS: dict[str, Method] = {
    method.name: method
    for method in (
        Method(
            "leave_one_out",
            message("Leave-one-out"),
            message("Removes one past event at a time and scores again. Exact."),
            "removal",
            "own",
            EVENTS,
            lambda model: model.window != 0,
            leave_one_out,
        ),
        Method(
            "ablation",
            message("Hide one input"),
            message("Hides the user, the item and each feature in turn and scores again. Exact."),
            "removal",
            "FeatureAblation",
            FIELDS,
            lambda model: isinstance(model, PairModel),
            ablation,
        ),
        Method(
            "links",
            message("Exact links"),
            message(
                "The score of this model is a sum with one part for each past event: these are the parts, exactly."
            ),
            "sum",
            "own",
            LINKS,
            lambda model: isinstance(model, LinearModel),
            links,
        ),
        Method(
            "shapley",
            message("Shapley values"),
            message("Adds the inputs one by one, in many orders, and averages what each adds. The parts add up."),
            "sum",
            "ShapleyValueSampling",
            INPUTS,
            lambda model: model.window != 0 or isinstance(model, PairModel),
            shapley,
        ),
        Method(
            "feature_ablation",
            message("Blank one event"),
            message("Blanks one past event at a time; unlike leave-one-out, the other events keep their positions."),
            "removal",
            "FeatureAblation",
            READER,
            lambda model: isinstance(model, SequenceModel),
            feature_ablation,
        ),
        Method(
            "integrated_gradients",
            message("Integrated gradients"),
            message("Splits the difference from an empty input over the inputs, so that the parts add up."),
            "sum",
            "IntegratedGradients",
            NETWORK,
            _is_network,
            integrated_gradients,
        ),
        Method(
            "integrated_gradients_mean",
            message("Integrated gradients (mean)"),
            message("The same from another baseline: every past event is the average item. The parts add up."),
            "sum",
            "IntegratedGradients",
            READER,
            lambda model: isinstance(model, SequenceModel),
            integrated_gradients_mean,
        ),
        Method(
            "gradient_x_input",
            message("Gradient × input"),
            message("A quick estimate from the gradient at the history as it is; the parts need not add up."),
            "slope",
            "InputXGradient",
            NETWORK,
            _is_network,
            gradient_x_input,
        ),
        Method(
            "attention",
            message("Attention"),
            message("Where the model looked, which is not why: an event with much weight may change nothing."),
            "look",
            "own",
            ATTENTION,
            has_attention,
            attention,
        ),
        Method(
            "attention_rollout",
            message("Attention rollout"),
            message("Where the model looked, followed through all its layers, which is not why."),
            "look",
            "own",
            ATTENTION,
            has_attention,
            attention_rollout,
        ),
    )
}


def methods_for(model: Recommender) -> list[str]:
    """List the names of the methods available for a model, the default first; empty if it has no inputs."""
    return [method.name for method in METHODS.values() if method.suits(model)]


def why_not(method: Method, model: Recommender) -> Message:
    """Reason why a method is not available for a model."""
    return _fault(method, model).format(needs=method.needs, model=model.title)


def _fault(method: Method, model: Recommender) -> Message:
    if model.family == "blend":
        return message("needs {needs}; {model} is several models together: open one of its parts for that")
    if model.window == 0 and not isinstance(model, PairModel):
        return message("needs {needs}; {model} recommends the same to everyone")
    if isinstance(model, PairModel) and method.name == "integrated_gradients_mean":
        return message(
            "needs {needs}; {model} reads none, and its integrated gradients begin at the average item already"
        )
    if method.needs == ATTENTION:
        return message("needs {needs}; {model} has none")
    if isinstance(model, PairModel) and method.needs in (EVENTS, READER):
        return message("needs {needs}; {model} reads user and item features")
    if method.needs == FIELDS:
        return message("needs {needs}; {model} reads past events")
    if _is_network(model):
        return message("needs {needs}; {model} is a network")
    return message("needs {needs}; {model} is fitted in closed form, without gradients")


def explain(situation: Situation, method: str | None = None) -> Explanation:
    """Explain one recommendation, by default with the model's first method. Attention is added if the model has it.

    Raises SettingError for an unknown or unavailable method, listing the available ones.
    """
    model = situation.model
    methods = methods_for(model)
    if method is None and methods:
        method = methods[0]
    if method is not None and method not in METHODS:
        raise SettingError(
            message(
                "No method {method!r}. Choose one of {methods}.", method=method, methods=", ".join(methods or METHODS)
            )
        )
    if not methods:
        raise SettingError(no_events(model.title, has_fields=False))
    assert method is not None
    if method not in methods:
        raise SettingError(
            message(
                "{model} cannot be explained by {method}: {method} {why}. Choose {methods}.",
                model=model.title,
                method=method,
                why=why_not(METHODS[method], model),
                methods=" or ".join(methods),
            )
        )
    explanation = _run(situation, METHODS[method])
    weights_and_rollout = look(situation) if explanation.attention is None else None
    return (
        explanation
        if weights_and_rollout is None
        else replace(explanation, attention=weights_and_rollout[0], rollout=weights_and_rollout[1])
    )


def _run(situation: Situation, method: Method) -> Explanation:
    if situation.against is not None and isinstance(situation.model, PairModel):
        first, other = both(situation)
        return difference(situation, method.run(first), method.run(other))
    return method.run(situation)
