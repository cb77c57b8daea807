"""Base classes of recommendation models. No training loop, no disk access.

Shapes: B histories in a batch, L positions (padded on the left, newest last), D embedding dimensions,
N = num_items + 1 columns of scores (column 0 is PAD and never a candidate).

A model is built from a `Shape` and its config. All learnt values are in its `state_dict`, so config and weights
restore it exactly.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import scipy.sparse
import torch
from torch import Tensor, nn

from recsys.data.interactions import PAD, UNKNOWN_USER, Interactions
from recsys.messages import Message, message
from recsys.models.config import ModelConfig, SequenceConfig
from recsys.models.inputs.content_embedding import ContentEmbedding
from recsys.models.inputs.item_content import Content
from recsys.models.inputs.rating_embedding import RatingEmbedding
from recsys.models.inputs.traits import Feature
from recsys.models.inputs.user_embedding import UserEmbedding, first_part, prepend_user
from recsys.sequences.batches import left_pad, left_pad_ratings

Family = Literal["baseline", "neighbourhood", "dense", "CNN", "RNN", "self-attention", "blend"]
FAMILY_NAMES: dict[Family, Message] = {
    "baseline": message("baseline"), "neighbourhood": message("neighbourhood"), "dense": message("dense"),
    "CNN": message("CNN"), "RNN": message("RNN"), "self-attention": message("self-attention"), "blend": message("blend"),
}  # fmt: skip
SCORE_ROWS = 256  # histories scored at a time: bounds memory, not results


@dataclass(frozen=True, eq=False)
class Shape:
    """Sizes and inputs that a model is built for. Models ignore the features, content and ratings they do not use."""

    num_users: int
    num_items: int
    user_features: tuple[Feature, ...] = ()
    item_features: tuple[Feature, ...] = ()
    content: Content | None = None
    rating_edges: np.ndarray | None = None


class Recommender(nn.Module):
    """Scores all catalogue items for a batch of (history, user).

    `scores_cold`: whether the model scores cold-start items from their content. If so, the whole catalogue is
    candidates. Otherwise candidates are the items with a training event, and a cold-start target counts as a miss.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    family: ClassVar[Family]
    tagline: ClassVar[str]  # a few words, for a card
    summary: ClassVar[str]
    Config: ClassVar[type[ModelConfig]]
    scores_cold: bool = False

    def __init__(self, shape: Shape, config: ModelConfig) -> None:
        super().__init__()
        self.num_users, self.num_items, self.config = shape.num_users, shape.num_items, config
        if shape.content is not None:
            self.scores_cold = True

    @property
    def window(self) -> int | None:
        """Number of newest events that the model reads; None for all of them."""
        return None

    @property
    def reads_ratings(self) -> bool:
        """Whether scores depend on the ratings of past events."""
        return False

    def score(self, histories_BL: Tensor, users_B: Tensor, ratings_BL: Tensor | None = None) -> Tensor:
        """Compute scores_BN: any real numbers, higher is better. Column PAD has no meaning.

        `ratings_BL` are the ratings of the events, NaN where unknown; None if all are unknown.
        """
        raise NotImplementedError

    @property
    def device(self) -> torch.device:
        for tensor in (*self.parameters(), *self.buffers()):
            return tensor.device
        return torch.device("cpu")

    @torch.inference_mode()
    def scores(
        self,
        histories: Sequence[np.ndarray],
        users: Iterable[int] | None = None,
        ratings: Sequence[np.ndarray | None] | None = None,
    ) -> Tensor:
        """Compute scores_BN on the CPU for unpadded histories, in bounded batches and in evaluation mode.

        `ratings` has one array of event ratings per history (NaN where unknown), or None for an unrated history.
        """
        assert not self.training, "call eval() first: dropout would make the scores random"
        user_indices = np.full(len(histories), UNKNOWN_USER) if users is None else np.asarray(list(users))
        if ratings is not None:
            pairs = zip(histories, ratings, strict=True)
            assert all(part is None or len(part) == len(history) for history, part in pairs), "a rating an event"
        rows = []
        for start in range(0, len(histories), SCORE_ROWS):
            part = slice(start, start + SCORE_ROWS)
            padded = left_pad(histories[part], self.window).to(self.device)
            users_B = torch.as_tensor(user_indices[part], dtype=torch.int64, device=self.device)
            ratings_BL = None
            if ratings is not None and self.reads_ratings:
                ratings_BL = left_pad_ratings(ratings[part], padded.shape[1]).to(self.device)
            rows.append(self.score(padded, users_B, ratings_BL).cpu())
        return torch.cat(rows)


class FittedModel(Recommender):
    """A model fitted in closed form, by one call of `fit` on the training events.

    `growth`: the time of `fit` grows at most with the number of items to this power.
    """

    growth: ClassVar[int] = 2

    def fit(self, train: Interactions) -> None:
        raise NotImplementedError


class LinearModel(FittedModel):
    """A fitted model whose score is a sum of item-to-item links, one from each event of the history."""

    def additions(self, events_L: Tensor, item: int) -> Tensor:
        """Compute the contribution of each event to the score of `item`, [L] float64.

        `events_L` are item indices without PAD, oldest first. The contributions sum to the score of that history. Where
        a repeated item counts once, its events share its link equally.
        """
        raise NotImplementedError

    def link_table(self) -> np.ndarray | scipy.sparse.csr_matrix:
        """All links, [N, N] float32: entry (i, j) is what the newest event, of item i, adds to the score of item j."""
        raise NotImplementedError


def split_equally(links_L: Tensor, events_L: Tensor) -> Tensor:
    """Divide the link of each item equally among its events, [L] float64."""
    _, item_L, times_I = torch.unique(events_L, return_inverse=True, return_counts=True)
    return links_L.double() / times_I[item_L]


class SequenceModel(Recommender):
    """Reads a history from left to right and scores the next item at every position.

    The forward pass is split into embedding and encoding: explanations can then vary the embeddings while the padding
    mask still follows the real items. Scores are products with the same item embedding ("tied"). With user features,
    the user vector takes an extra position before the first event, so there are M = L + 1 positions; otherwise M = L.
    With ratings, the vector of an event is the sum of its item and rating embeddings.
    """

    has_attention: ClassVar[bool] = False  # whether `encode` reports attention weights

    item_embedding: nn.Embedding | ContentEmbedding
    user_embedding: UserEmbedding | None
    rating_embedding: RatingEmbedding | None

    def make_embeddings(self, shape: Shape, width: int, std: float | None = None) -> None:
        """Create embeddings with random rows of `std` (default 1 / sqrt(width)). The PAD row is zero and stays zero."""
        std = std or 1 / math.sqrt(width)
        assert isinstance(self.config, SequenceConfig)
        if shape.content is not None:
            self.item_embedding = ContentEmbedding(shape.content, width, std, self.config.id_dropout)
        else:
            self.item_embedding = nn.Embedding(self.num_items + 1, width, padding_idx=PAD)
            with torch.no_grad():
                self.item_embedding.weight[1:].normal_(std=std)
        self.user_embedding = None
        if shape.user_features:
            self.user_embedding = UserEmbedding(shape.user_features, width, std, self.config.user_dropout)
        self.rating_embedding = None
        if shape.rating_edges is not None:
            self.rating_embedding = RatingEmbedding(shape.rating_edges, width, std)

    @property
    def window(self) -> int:
        return int(getattr(self.config, "max_length"))  # noqa: B009

    @property
    def max_positions(self) -> int:
        """Largest number of positions M."""
        return self.window + (self.user_embedding is not None)

    @property
    def reads_ratings(self) -> bool:
        return self.rating_embedding is not None

    @property
    def learnt_items(self) -> Tensor | None:
        """[N] bool, items with training events; None for a model that scores no cold-start items."""
        return self.item_embedding.has_events if isinstance(self.item_embedding, ContentEmbedding) else None

    def one_table(self) -> AbstractContextManager[None]:
        """Context that embeds and scores items with the same vectors, even if training hides ids at random."""
        return self.item_embedding.one_table() if isinstance(self.item_embedding, ContentEmbedding) else nullcontext()

    def embed(self, items_BL: Tensor) -> Tensor:
        """Embed items as x_BLD, zero at PAD."""
        return self.item_embedding(items_BL)

    def inputs(
        self, items_BL: Tensor, users_B: Tensor | None = None, ratings_BL: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Compute (x_BMD, real_BM) for `encode`. Without `users_B` all users are unknown; likewise for `ratings_BL`."""
        users_B = items_BL.new_full((len(items_BL),), UNKNOWN_USER) if users_B is None else users_B
        real_BL = items_BL != PAD
        return self.with_users(self.rated(self.embed(items_BL), real_BL, ratings_BL), real_BL, users_B)

    def rated(self, x_BLD: Tensor, real_BL: Tensor, ratings_BL: Tensor | None) -> Tensor:
        """Add rating embeddings to the item embeddings x_BLD, if the model reads ratings."""
        return x_BLD if self.rating_embedding is None else self.rating_embedding.added(x_BLD, real_BL, ratings_BL)

    def with_users(self, x_BLD: Tensor, real_BL: Tensor, users_B: Tensor) -> tuple[Tensor, Tensor]:
        """Prepend the user vector to the events, if the model reads user features. Returns (x_BMD, real_BM)."""
        if self.user_embedding is None:
            return x_BLD, real_BL
        return prepend_user(x_BLD, real_BL, self.user_embedding(users_B))

    def user_part(self, x_BMD: Tensor, real_BM: Tensor) -> Tensor | None:
        """Extract the user vector [B, 1, D] from the output of `with_users`; None without user features."""
        return None if self.user_embedding is None else first_part(x_BMD, real_BM)

    def user_with_events(self, x_BMD: Tensor, real_BM: Tensor) -> Tensor:
        """Add the user vector to every event, for models that forget the first position or do not reach it.

        User information at every step, a simple form of Donkers et al. (2017), "Sequential user-based recurrent neural
        network recommendations".
        """
        user_B1D = self.user_part(x_BMD, real_BM)
        if user_B1D is None:
            return x_BMD
        is_event_BM1 = (real_BM.cumsum(1) > 1)[..., None]
        return x_BMD + is_event_BM1 * user_B1D

    def encode(self, x_BMD: Tensor, real_BM: Tensor, attention: list[Tensor] | None = None) -> Tensor:
        """Compute h_BMD, the hidden state after each position.

        `real_BM` is False at padding. If `attention` is a list, a model with attention appends one [B, heads, M, M]
        tensor per layer; `attention[layer][b, head, m]` sums to 1 over the positions up to m.
        """
        raise NotImplementedError

    def state(self, x_BMD: Tensor, real_BM: Tensor) -> Tensor:
        """Compute h_BD, the hidden state at the newest position."""
        return self.encode(x_BMD, real_BM)[:, -1]

    def project(self, h_D: Tensor) -> Tensor:
        """Compute scores [..., N] from hidden states [..., D]."""
        scores_N = h_D @ self.item_embedding.weight.T
        return scores_N + self.item_embedding.offsets if isinstance(self.item_embedding, ContentEmbedding) else scores_N

    def forward(self, items_BL: Tensor, users_B: Tensor | None = None, ratings_BL: Tensor | None = None) -> Tensor:
        """Compute scores_BMN at every position."""
        return self.project(self.encode(*self.inputs(items_BL, users_B, ratings_BL)))

    def score(self, histories_BL: Tensor, users_B: Tensor, ratings_BL: Tensor | None = None) -> Tensor:
        return self.project(self.state(*self.inputs(histories_BL, users_B, ratings_BL)))


class PairModel(Recommender):
    """Scores a (user, item) pair from embedded fields. It knows only users of the training data and the unknown user.

    `fields` are the unique keys of the inputs in order (inputs/fields.py): "user", "user.age" …, "item",
    "item.category" …
    """

    fields: tuple[str, ...]

    def embed_pairs(self, users_P: Tensor, items_P: Tensor) -> list[Tensor]:
        """Embed pairs as one [P, D] tensor per field."""
        raise NotImplementedError

    def forget_users(self, users: np.ndarray) -> None:
        """Give these users the vector of the unknown user, since they have no training event to learn one from."""
        raise NotImplementedError

    def baseline(self) -> list[Tensor]:
        """Reference input, one [1, D] tensor per field: unknown user, unknown features, average item."""
        raise NotImplementedError

    def logit(self, embedded: Sequence[Tensor]) -> Tensor:
        """Compute logits [P]; sigmoid(logit) is the estimated probability of an interaction."""
        raise NotImplementedError
