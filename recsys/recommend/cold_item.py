"""Cold-start items that are not in the catalogue: their content vector and their rank for every user.

A sequence model scores an item by the product of the user state with the item vector. One more item changes no other
score, so its rank is exact without training or scoring again. Models that read the item together with other inputs
(dense networks) and models of ids, which have no vector for a new item, are not supported.

Shapes: U users, B of them per batch, N = num_items + 1, D numbers per item vector, T tokens, S pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from recsys.data.dataset import CATEGORY, PRICE
from recsys.data.interactions import Interactions
from recsys.models.base import SCORE_ROWS, SequenceModel
from recsys.models.inputs.content_embedding import TEXT_PART, ContentEmbedding, price_numbers
from recsys.models.inputs.item_content import PICTURE
from recsys.models.inputs.tokens import NO_TOKEN
from recsys.recommend.topk import CELLS
from recsys.sequences.batches import left_pad, left_pad_ratings
from recsys.sequences.candidates import Candidates, mask_scores


@dataclass(frozen=True, eq=False)
class NewItem:
    """Content of a new item.

    `text` joins title and text as in the catalogue, "" if both are missing; `picture` [3, S, S] uint8.
    """

    text: str = ""
    category: str = ""
    price: float | None = None
    picture: np.ndarray | None = None


@torch.no_grad()
def vector(embedding: ContentEmbedding, item: NewItem) -> Tensor:
    """[D] item vector: the sum of the content parts, without an id part.

    A missing part counts as for catalogue items that lack it, if some of those have events: the model has learnt what
    that means. Otherwise the part is the mean over the items with events.
    """
    catalogue = embedding.parts()
    parts = [
        _mean_part(catalogue[name], _lacking(embedding, name), embedding.has_events) if part is None else part
        for name, part in ((name, _part(embedding, name, item)) for name in embedding.part_names if name != "id")
    ]
    return torch.stack(parts).sum(0)


def _part(embedding: ContentEmbedding, name: str, item: NewItem) -> Tensor | None:
    """[D] vector of one content part; None if the item lacks it."""
    device = embedding.has_events.device
    if name == PICTURE and item.picture is not None:
        picture_13SS = torch.from_numpy(item.picture.copy())[None].to(device)
        return embedding.projections[name](embedding.towers[name](picture_13SS))[0]
    if name == TEXT_PART and (tokens_1T := _tokens(embedding, item.text)) is not None:
        return embedding.projections[name](embedding.towers[name](tokens_1T.to(device)))[0]
    if name == CATEGORY and embedding.category is not None and (code := category_code(embedding, item.category)):
        return embedding.category.weight[code]
    if name == PRICE and embedding.price is not None and item.price is not None and item.price > 0:
        numbers_12 = price_numbers(np.array([item.price]), embedding.content.prices)
        return embedding.price(torch.from_numpy(numbers_12).to(device))[0]
    return None


def _tokens(embedding: ContentEmbedding, text: str) -> Tensor | None:
    """[1, T], at least as wide as the catalogue's: the tower's filters also see the padding after a short text."""
    codes = torch.from_numpy(embedding.content.vocabulary.encode([text]))
    if not (codes != NO_TOKEN).any():
        return None
    width = max(codes.shape[1], embedding.content.tokens_NT.shape[1])
    return torch.nn.functional.pad(codes, (0, width - codes.shape[1]), value=NO_TOKEN)


def category_code(embedding: ContentEmbedding, name: str) -> int:
    """Code of a category; 0 if it is unknown to the model."""
    feature = embedding.content.category
    return feature.values.index(name) if feature and name in feature.values[1:] else 0


def _lacking(embedding: ContentEmbedding, name: str) -> Tensor:
    """[N] bool: catalogue items without this part."""
    device = embedding.has_events.device
    if name == PICTURE:
        lacks_N = torch.ones(embedding.content.num_items + 1, dtype=torch.bool, device=device)
        lacks_N[list(embedding.content.picture_files or {})] = False
        return lacks_N
    if name == TEXT_PART:
        return (embedding.content.tokens_NT[:, 0] == NO_TOKEN).to(device)
    return embedding.category_codes == 0 if name == CATEGORY else embedding.price_numbers[:, 1] == 0


def _mean_part(part_ND: Tensor, lacks_N: Tensor, has_events_N: Tensor) -> Tensor:
    """[D] mean part of the items with events that lack it; of all items with events if there are none."""
    reference_N = lacks_N & has_events_N
    return part_ND[reference_N if bool(reference_N.any()) else has_events_N].mean(0)


@torch.inference_mode()
def states_of(model: SequenceModel, log: Interactions, users: Sequence[int] | np.ndarray) -> Tensor:
    """[U, D] user states on the CPU, from the full history of each of `users`, in their order."""
    assert not model.training, "call eval() first: dropout would make the states random"
    states = []
    for start in range(0, len(users), SCORE_ROWS):
        chunk = np.asarray(users[start : start + SCORE_ROWS], dtype=np.int64)
        items_BL = left_pad([log.history(user) for user in chunk], model.window).to(model.device)
        ratings_BL = left_pad_ratings([log.ratings_of(user) for user in chunk], items_BL.shape[1]).to(model.device)
        inputs = model.inputs(items_BL, torch.from_numpy(chunk).to(model.device), ratings_BL)
        states.append(model.state(*inputs).cpu())
    return torch.cat(states)


@torch.inference_mode()
def ranks_for_all(
    model: SequenceModel,
    log: Interactions,
    candidates: Candidates,
    users: Sequence[int] | np.ndarray,
    states_UD: Tensor,
    vector_D: Tensor,
) -> np.ndarray:
    """[U] int64 ranks from 1 that an item with this vector would get in the lists of `users`, seen items masked.

    Ties go to the catalogue item, as they go to the lower index.
    """
    embedding, new_D = model.item_embedding, vector_D.cpu()
    assert isinstance(embedding, ContentEmbedding)
    weight_DN, offsets_N, new_offset = embedding.weight.cpu().T, embedding.offsets.cpu(), embedding.new_offset.cpu()
    rows = max(1, min(SCORE_ROWS, CELLS // (model.num_items + 1)))
    ranks = np.empty(len(users), dtype=np.int64)
    for start in range(0, len(users), rows):
        part = slice(start, start + rows)
        allowed_BN = candidates.mask([log.history(int(user)) for user in users[part]])
        scores_BN = mask_scores(states_UD[part] @ weight_DN + offsets_N, allowed_BN)
        ranks[part] = 1 + (scores_BN >= (states_UD[part] @ new_D + new_offset)[:, None]).sum(1).numpy()
    return ranks
