"""What a model is built for, read off a data set."""

from __future__ import annotations

from collections.abc import Sequence

from recsys.data.dataset import AGE, CATEGORY, GENDER, Dataset
from recsys.models.base import Shape
from recsys.models.content import content_of
from recsys.models.traits import age_feature, named_feature


def shape_of(dataset: Dataset, content: Sequence[str] = ()) -> Shape:
    """The shape of a model for this data set: age and gender of users, category of items, where there are any.

    `content` names the columns of what items are; raises SettingError where the data set lacks one.
    """
    users, items = dataset.users, dataset.items
    user_features = [age_feature(users[AGE])] if AGE in users else []
    user_features += [named_feature(GENDER, users[GENDER])] if GENDER in users else []
    return Shape(
        num_users=dataset.interactions.num_users,
        num_items=dataset.interactions.num_items,
        user_features=tuple(user_features),
        item_features=(named_feature(CATEGORY, items[CATEGORY]),) if CATEGORY in items else (),
        content=content_of(dataset, content),
    )
