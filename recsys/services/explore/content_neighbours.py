"""Similar items by their texts and categories, without a model: cosine of TF-IDF vectors (Salton & Buckley 1988).

The terms are the words of title and text, and the categories, each of which counts as CATEGORY_WEIGHT words.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import scipy.sparse

from recsys.data.dataset import CATEGORY, TEXT, TITLE, Dataset
from recsys.evaluation.item_vectors import tf_idf, word_counts
from recsys.recommend.topk import Recommendation
from recsys.services.recommend.recommendation import RecommendedItem, recommended_item
from recsys.services.workspace.slices import split_categories

CATEGORY_WEIGHT = 3


@dataclass(frozen=True, eq=False)
class ContentVectors:
    """Unit vectors of the items over the terms, [num_items + 1, num_terms]; zero for an item without terms that it shares."""

    vectors_NV: scipy.sparse.csr_matrix


def content_vectors(dataset: Dataset) -> ContentVectors:
    """TF-IDF vectors of all items; terms of one item alone are left out."""
    return ContentVectors(tf_idf(_terms(dataset)))


def content_neighbours(dataset: Dataset, content: ContentVectors, item: int, k: int = 10) -> list[RecommendedItem]:
    """The `k` items most similar, most similar first; fewer where fewer share a term. `score` is a cosine from 0 to 1."""
    cosines_N = (content.vectors_NV @ content.vectors_NV[[item]].T).toarray().ravel()
    cosines_N[item] = 0
    best = [int(other) for other in np.argsort(-cosines_N, kind="stable")[:k] if cosines_N[other] > 0]
    no_history = np.array([], dtype=np.int64)
    neighbours = [Recommendation(other, float(cosines_N[other]), rank) for rank, other in enumerate(best, start=1)]
    return [recommended_item(dataset, other, no_history, other.rank) for other in neighbours]


def _terms(dataset: Dataset) -> list[Counter[str]]:
    """Term counts of each item: the words of its texts, and its categories as terms of their own."""
    items = dataset.items
    counts = word_counts([items[name].astype("str").tolist() for name in (TITLE, TEXT) if name in items])
    if CATEGORY in items:
        for terms, categories in zip(counts, items[CATEGORY].astype("str").tolist(), strict=True):
            terms.update({f"{CATEGORY} {category}": CATEGORY_WEIGHT for category in split_categories(categories)})
    return counts
