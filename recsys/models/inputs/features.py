"""Build the `Shape` of a model from a dataset."""

from __future__ import annotations

from collections.abc import Sequence

from recsys.data.dataset import CATEGORY, Dataset
from recsys.models.base import Shape
from recsys.models.inputs.item_content import content_of
from recsys.models.inputs.rating_embedding import rating_edges_of
from recsys.models.inputs.traits import named_feature, user_features_of


def shape_of(
    dataset: Dataset, content: Sequence[str] = (), users: Sequence[str] = (), *, ratings: bool = False
) -> Shape:
    """Build the shape of a model for `dataset`, with item categories as features if there are any.

    `content` names item content columns, `users` names user feature columns, and `ratings` turns on rating input.
    Raises SettingError if the dataset lacks one of them.
    """
    items = dataset.items
    return Shape(
        num_users=dataset.interactions.num_users,
        num_items=dataset.interactions.num_items,
        user_features=user_features_of(dataset, users),
        item_features=(named_feature(CATEGORY, items[CATEGORY]),) if CATEGORY in items else (),
        content=content_of(dataset, content),
        rating_edges=rating_edges_of(dataset) if ratings else None,
    )
