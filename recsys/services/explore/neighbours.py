"""Items near an item in a model's vectors, with their titles."""

from __future__ import annotations

import numpy as np

from recsys.recommend.similar import similar_items
from recsys.services.recommend.recommendation import RecommendedItem, recommended_item
from recsys.services.workspace.open_run import OpenRun


def neighbours(run: OpenRun, item_id: str, k: int = 10) -> list[RecommendedItem]:
    """The `k` most similar items, best first; empty for a model without a notion of similar items."""
    no_history = np.array([], dtype=np.int64)
    return [
        recommended_item(run.dataset, item, no_history, item.rank)
        for item in similar_items(run.model, run.item(item_id), run.candidates, k)
    ]
