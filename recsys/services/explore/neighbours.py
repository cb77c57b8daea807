"""Similar items by a model's item vectors, with titles."""

from __future__ import annotations

import numpy as np

from recsys.recommend.similar import similar_items
from recsys.services.recommend.recommendation import RecommendedItem, recommended_item
from recsys.services.workspace.open_run import OpenRun


def neighbours(run: OpenRun, item_id: str, k: int = 10) -> list[RecommendedItem]:
    """The `k` most similar items, most similar first; empty for a model without item vectors."""
    no_history = np.array([], dtype=np.int64)
    return [
        recommended_item(run.dataset, item, no_history, item.rank)
        for item in similar_items(run.model, run.item(item_id), run.candidates, k)
    ]
