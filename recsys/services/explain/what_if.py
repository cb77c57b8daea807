"""What if the person were another: older, of another gender, with whatever else the model knows of users."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from recsys.data.dataset import AGE, GENDER
from recsys.data.interactions import UNKNOWN_USER
from recsys.models.base import PairModel
from recsys.models.inputs.traits import Feature, parse_names, user_features_of
from recsys.models.persona import as_if
from recsys.recommend.blend import models_in
from recsys.recommend.popular import person_of
from recsys.services.recommend import recommendation
from recsys.services.recommend.recommendation import Asker
from recsys.services.workspace.open_run import OpenRun

ANYBODY = 1  # the index that stands for somebody who is no user, in models that know users by their features alone


def choices(run: OpenRun) -> dict[str, tuple[str, ...]]:
    """By feature that the model knows of users, its values in words; the first is "unknown"."""
    return {feature.name: feature.values for feature in _features(run)}


def known(run: OpenRun, asker: Asker) -> dict[str, str]:
    """By feature, the value that counts for this asker."""
    told = dict(asker.as_if)
    return {one.name: told.get(one.name, one.values[_code(one, asker)]) for one in _features(run)}


def told_as(run: OpenRun, asker: Asker, traits: Mapping[str, str]) -> Asker:
    """The asker as if these were true; what equals the data's own word is left as it is."""
    features = _features(run)
    own = {one.name: one.values[_code(one, asker)] for one in features}
    changed = tuple((name, traits[name]) for name in own if name in traits and traits[name] != own[name])
    if not changed:
        return asker
    person = asker.person or person_of(run.dataset, asker.user)
    told = {name: "" if value == features[0].values[0] else value for name, value in changed}
    person = replace(person, gender=told.get(GENDER, person.gender), age_band=told.get(AGE, person.age_band))
    user = asker.user
    if user == UNKNOWN_USER and not any(isinstance(model, PairModel) for model in models_in(run.model)):
        user = ANYBODY
        changed = tuple({**own, **dict(changed)}.items())
    words = ", ".join(f"{name} {value}" for name, value in changed)
    return replace(asker, user=user, person=person, as_if=changed, traits=f"as if: {words}")


def run_for(run: OpenRun, asker: Asker) -> OpenRun:
    """The run with a model that takes what `asker.as_if` says for true; the run itself where it says nothing."""
    if not asker.as_if:
        return run
    features = {feature.name: feature for feature in _features(run)}
    codes = {name: features[name].values.index(value) for name, value in asker.as_if if name in features}
    return replace(run, model=as_if(run.model, asker.user, codes))


def for_run(run: OpenRun, asker: Asker) -> tuple[OpenRun, Asker]:
    """The same asker for another run on the same data set, which may know less or more of the person."""
    found = told_as(run, recommendation.for_run(run, asker), dict(asker.as_if))
    return run_for(run, found), found


def _features(run: OpenRun) -> tuple[Feature, ...]:
    configs = [model.config for model in models_in(run.model)]
    named = [parse_names(getattr(config, "user_features", "")) for config in configs]
    return user_features_of(run.dataset, list(dict.fromkeys(name for names in named for name in names)))


def _code(feature: Feature, asker: Asker) -> int:
    return int(feature.codes[UNKNOWN_USER if asker.user_id is None else asker.user])
