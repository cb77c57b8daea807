"""Similar items according to a model.

By cosine of item embeddings if the model has them. Otherwise: items that score higher after a history of this one item
than after an empty history. A model without embeddings that ignores the history gives an empty list.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from recsys.data.interactions import UNKNOWN_USER
from recsys.models.base import PairModel, Recommender, SequenceModel
from recsys.models.inputs.fields import ITEM
from recsys.recommend.blend import Blend
from recsys.recommend.topk import Recommendation, top_k
from recsys.sequences.candidates import Candidates


def similar_items(model: Recommender, item: int, candidates: Candidates, k: int = 10) -> list[Recommendation]:
    """The `k` items most similar to `item`, without itself; `score` is a cosine (-1..1) or the model's score.

    Empty for an item that the model cannot score, such as one without a training event for a model of ids.
    """
    if not candidates.scorable[item]:
        return []
    allowed_N = candidates.mask([np.array([item])], hide_seen=True)[0]
    vectors_ND = item_vectors(model)
    if vectors_ND is not None:
        return top_k(F.cosine_similarity(vectors_ND, vectors_ND[item][None], dim=-1), allowed_N, k)
    if model.window == 0:
        return []
    scores_after, scores_empty = model.scores([np.array([item]), np.array([], dtype=np.int64)])
    return top_k(scores_after, allowed_N & (scores_after > scores_empty).numpy(), k)


@torch.no_grad()
def item_vectors(model: Recommender) -> Tensor | None:
    """[N, D] item embeddings on the CPU; None for a model without embeddings.

    For a blend the embeddings of its parts side by side, so that their cosine is the weighted mean of the parts'
    cosines.
    """
    if isinstance(model, Blend):
        vectors_of_parts = [
            (item_vectors(part), weight) for part, weight in zip(model.models, model.weights, strict=True)
        ]
        scaled = [
            math.sqrt(weight) * F.normalize(vectors, dim=-1)
            for vectors, weight in vectors_of_parts
            if vectors is not None and weight
        ]
        return torch.cat(scaled, dim=1) if scaled else None
    if isinstance(model, SequenceModel):
        return model.item_embedding.weight.detach().float().cpu()
    if isinstance(model, PairModel):
        items_N = torch.arange(model.num_items + 1, device=model.device)
        embedded = model.embed_pairs(torch.full_like(items_N, UNKNOWN_USER), items_N)
        return embedded[model.fields.index(ITEM)].float().cpu()
    return None
