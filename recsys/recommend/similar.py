"""Items like an item, as the model sees them.

Cosine of item embeddings where the model has them, else the items it scores higher after a history of that one
item than after none. A model that looks at no past event and has no embeddings says nothing: an empty list.
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
    """The `k` items nearest to `item`, itself left out; `score` is a cosine (-1..1) or the model's own score.

    Empty for an item without a training event: the model has learnt nothing about it.
    """
    if not candidates.scorable[item]:
        return []
    allowed_N = candidates.mask([np.array([item])], hide_seen=True)[0]
    vectors_ND = item_vectors(model)
    if vectors_ND is not None:
        return top_k(F.cosine_similarity(vectors_ND, vectors_ND[item][None], dim=-1), allowed_N, k)
    if model.window == 0:
        return []
    after, before = model.scores([np.array([item]), np.array([], dtype=np.int64)])
    return top_k(after, allowed_N & (after > before).numpy(), k)


@torch.no_grad()
def item_vectors(model: Recommender) -> Tensor | None:
    """[N, D] what the model has learnt of each item, on the CPU; None for a model without embeddings.

    For a blend those of its parts side by side, so that their cosine is the weighted mean of the parts' cosines.
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
