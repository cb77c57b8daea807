"""What-if personas: recommendations for a user with other feature values, such as another age or gender."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from recsys.data.dataset import AGE, GENDER
from recsys.data.interactions import UNKNOWN_USER
from recsys.messages import message
from recsys.models.base import PairModel
from recsys.models.inputs.traits import Feature, parse_names, user_features_of
from recsys.models.persona import persona_twin
from recsys.recommend.blend import models_in
from recsys.recommend.popular import person_of
from recsys.services.data.value_names import range_name
from recsys.services.recommend.query import Query
from recsys.services.recommend.query import for_run as with_history_for_run
from recsys.services.workspace.open_run import OpenRun

ANYBODY = 1  # user index that carries a persona without a user, in models that know users by their features alone


def choices(run: OpenRun) -> dict[str, tuple[str, ...]]:
    """Feature -> its possible values in words, for the user features the model reads; the first is "unknown"."""
    return {feature.name: feature.values for feature in _features(run)}


def trait_values(run: OpenRun, query: Query) -> dict[str, str]:
    """Feature -> its value for this query: that of the persona, else that of the dataset."""
    changed = dict(query.persona)
    return {
        feature.name: changed.get(feature.name, feature.values[_code(feature, query)]) for feature in _features(run)
    }


def with_persona(run: OpenRun, query: Query, traits: Mapping[str, str]) -> Query:
    """The query with these feature values. Values equal to the dataset's are not recorded as changed."""
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
    words = message(", ").join(
        [message("{feature} {value}", feature=name, value=range_name(value)) for name, value in changed]
    )
    as_if = message("as if: {features}", features=words)
    return replace(query, user=user, person=person, persona=changed, traits=as_if)


def run_for(run: OpenRun, query: Query) -> OpenRun:
    """The run with a model that reads the persona of the query; the run itself without a persona."""
    if not query.persona:
        return run
    features = {feature.name: feature for feature in _features(run)}
    codes = {name: features[name].values.index(value) for name, value in query.persona if name in features}
    return replace(run, model=persona_twin(run.model, query.user, codes))


def for_run(run: OpenRun, query: Query) -> tuple[OpenRun, Query]:
    """The query adapted to another run on the same dataset, whose model may read other user features."""
    query_with_persona = with_persona(run, with_history_for_run(run, query), dict(query.persona))
    return run_for(run, query_with_persona), query_with_persona


def _features(run: OpenRun) -> tuple[Feature, ...]:
    configs = [model.config for model in models_in(run.model)]
    named = [parse_names(getattr(config, "user_features", "")) for config in configs]
    return user_features_of(run.dataset, list(dict.fromkeys(name for names in named for name in names)))


def _code(feature: Feature, query: Query) -> int:
    return int(feature.codes[UNKNOWN_USER if query.user_id is None else query.user])
