"""Cold-start users: recently popular items among people of the same gender and age band. Nothing is learnt.

A group has the same gender and age band; with fewer than `MIN_USERS` members it falls back to the age band, then the
gender, then everybody. Events are weighted as in `models/fitted/recent_popularity.py`, with ages over the whole
dataset, and only the group's events count. Shapes: U = num_users + 1, N = num_items + 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from recsys.data.dataset import AGE, AGE_BANDS, GENDER, Dataset
from recsys.data.interactions import Interactions
from recsys.messages import Message, message
from recsys.models.fitted.recent_popularity import RecentPopularityConfig, ages
from recsys.models.inputs.traits import Feature, age_feature, named_feature

MIN_USERS = 30  # a smaller group would reflect single persons
EVERYBODY = message("everybody")
WOMEN, MEN = {"f", "female", "w", "woman", "women", "女"}, {"m", "male", "man", "men", "男"}
GROUP_NAMES = {  # of any age, under, between and over some age
    "women": (
        message("women"),
        message("women under {age}"),
        message("women of {age}"),
        message("women of {age} and over"),
    ),
    "men": (message("men"), message("men under {age}"), message("men of {age}"), message("men of {age} and over")),
    "people": (
        message("people"),
        message("people under {age}"),
        message("people of {age}"),
        message("people of {age} and over"),
    ),
    "other": (
        message("people ({gender})"),
        message("people ({gender}) under {age}"),
        message("people ({gender}) of {age}"),
        message("people ({gender}) of {age} and over"),
    ),
}


@dataclass(frozen=True)
class Person:
    """Gender as spelt in the dataset and age band as in `age_bands`; "" if unknown."""

    gender: str = ""
    age_band: str = ""


@dataclass(frozen=True, eq=False)
class Group:
    """`members` [U] bool; `words` names them within a sentence and may contain a word from the dataset."""

    words: Message
    members: np.ndarray

    @property
    def size(self) -> int:
        return int(self.members.sum())


def person_of(dataset: Dataset, user: int) -> Person:
    """Gender and age band of a user, as far as the dataset has them."""
    gender, age = _features(dataset)
    return Person(_word(gender, user), _word(age, user))


def genders(dataset: Dataset) -> tuple[str, ...]:
    return _values(_features(dataset)[0])


def age_bands(dataset: Dataset) -> tuple[str, ...]:
    """Age bands with at least one user, youngest first."""
    return _values(_features(dataset)[1])


def users_like(dataset: Dataset, person: Person) -> np.ndarray:
    """[num_users + 1] bool mask of the users with this gender and age band; "" fits everybody, an unknown word nobody."""
    mask_U = np.ones(dataset.interactions.num_users + 1, dtype=bool)
    for feature, word in zip(_features(dataset), (person.gender, person.age_band), strict=True):
        if word:
            same_U = _same(feature, word)
            mask_U &= False if same_U is None else same_U
    return mask_U


def group_of(dataset: Dataset, person: Person, min_users: int = MIN_USERS) -> Group:
    """The narrowest group of similar people with at least `min_users` members, else everybody."""
    gender, age = _features(dataset)
    same_gender, same_age = _same(gender, person.gender), _same(age, person.age_band)
    groups = []
    if same_gender is not None and same_age is not None:
        groups.append(Group(_group_name(person), same_gender & same_age))
    if same_age is not None:
        groups.append(Group(_group_name(Person(age_band=person.age_band)), same_age))
    if same_gender is not None:
        groups.append(Group(_group_name(Person(gender=person.gender)), same_gender))
    everybody = np.arange(dataset.interactions.num_users + 1) > 0
    return next((group for group in groups if group.size >= min_users), Group(EVERYBODY, everybody))


def popular_lately(train: Interactions, group: Group) -> Tensor:
    """scores_N float64: each item's share of the weight of the group's events; 0 for items without one."""
    half_life = RecentPopularityConfig().half_life
    in_group = group.members[train.users]
    weights = np.where(in_group, 0.5 ** (ages(train) / half_life), 0.0)
    counts = np.bincount(train.items, weights, minlength=train.num_items + 1)
    return torch.from_numpy(counts / max(float(weights.sum()), 1e-12))


def _features(dataset: Dataset) -> tuple[Feature | None, Feature | None]:
    users = dataset.users
    return (
        named_feature(GENDER, users[GENDER]) if GENDER in users else None,
        age_feature(users[AGE]) if AGE in users else None,
    )


def _word(feature: Feature | None, user: int) -> str:
    return feature.values[feature.codes[user]] if feature is not None and feature.codes[user] else ""


def _values(feature: Feature | None) -> tuple[str, ...]:
    if feature is None:
        return ()
    return tuple(feature.values[code] for code in np.unique(feature.codes) if code)


def _same(feature: Feature | None, word: str) -> np.ndarray | None:
    """[U] bool: users with this value; None if it is unknown."""
    if feature is None or not word or word not in feature.values[1:]:
        return None
    return feature.codes == feature.values.index(word)


def _group_name(person: Person) -> Message:
    """ "women of 25–34", "people of 65 and over", "men"; any other gender word is kept as it is."""
    word = person.gender.lower()
    who = "women" if word in WOMEN else "men" if word in MEN else "other" if word else "people"
    anyone, under, within, over = GROUP_NAMES[who]
    band, ages = person.age_band, person.age_band.rstrip("+").replace("-", "–")
    if not band:
        return anyone.format(gender=person.gender)
    if band == f"0-{AGE_BANDS[1] - 1}":
        return under.format(gender=person.gender, age=AGE_BANDS[1])
    return (over if band.endswith("+") else within).format(gender=person.gender, age=ages)
