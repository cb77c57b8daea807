"""What if the person were another: older, of another gender, with whatever else the model knows of users."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from recsys.data.dataset import AGE, GENDER
from recsys.data.interactions import UNKNOWN_USER
from recsys.models.base import PairModel
from recsys.models.inputs.traits import Feature, parse_names, user_features_of
from recsys.models.persona import persona_twin
from recsys.recommend.blend import models_in
from recsys.recommend.popular import person_of
from recsys.services.recommend import recommendation
from recsys.services.recommend.recommendation import Query
from recsys.services.workspace.open_run import OpenRun

ANYBODY = 1  # the index that stands for somebody who is no user, in models that know users by their features alone


def choices(run: OpenRun) -> dict[str, tuple[str, ...]]:
    """By feature that the model knows of users, its values in words; the first is "unknown"."""
    return {feature.name: feature.values for feature in _features(run)}


def known(run: OpenRun, query: Query) -> dict[str, str]:
    """By feature, the value that counts for this asker."""
    changed = dict(query.persona)
    return {
        feature.name: changed.get(feature.name, feature.values[_code(feature, query)]) for feature in _features(run)
    }


def with_persona(run: OpenRun, query: Query, traits: Mapping[str, str]) -> Query:
    """The asker as if these were true; what equals the data's own word is left as it is."""
    features = _features(run)
    values = {feature.name: feature.values[_code(feature, query)] for feature in features}
    changed = tuple((name, traits[name]) for name in values if name in traits and traits[name] != values[name])
    if not changed:
        return query
    person = query.person or person_of(run.dataset, query.user)
    changed_traits = {name: "" if value == features[0].values[0] else value for name, value in changed}
    person = replace(
        person, gender=changed_traits.get(GENDER, person.gender), age_band=changed_traits.get(AGE, person.age_band)
    )
    user = query.user
    if user == UNKNOWN_USER and not any(isinstance(model, PairModel) for model in models_in(run.model)):
        user = ANYBODY
        changed = tuple({**values, **dict(changed)}.items())
    words = ", ".join(f"{name} {value}" for name, value in changed)
    return replace(query, user=user, person=person, persona=changed, traits=f"as if: {words}")


def run_for(run: OpenRun, query: Query) -> OpenRun:
    """The run with a model that takes what `asker.as_if` says for true; the run itself where it says nothing."""
    if not query.persona:
        return run
    features = {feature.name: feature for feature in _features(run)}
    codes = {name: features[name].values.index(value) for name, value in query.persona if name in features}
    return replace(run, model=persona_twin(run.model, query.user, codes))


def for_run(run: OpenRun, query: Query) -> tuple[OpenRun, Query]:
    """The same asker for another run on the same dataset, which may know less or more of the person."""
    query_with_persona = with_persona(run, recommendation.for_run(run, query), dict(query.persona))
    return run_for(run, query_with_persona), query_with_persona


def _features(run: OpenRun) -> tuple[Feature, ...]:
    configs = [model.config for model in models_in(run.model)]
    named = [parse_names(getattr(config, "user_features", "")) for config in configs]
    return user_features_of(run.dataset, list(dict.fromkeys(name for names in named for name in names)))


def _code(feature: Feature, query: Query) -> int:
    return int(feature.codes[UNKNOWN_USER if query.user_id is None else query.user])
