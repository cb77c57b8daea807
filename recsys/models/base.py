"""What every model is, and what a sequence model is besides. No training loop, no disk.

Shapes: B histories in a batch, L positions (padded on the left, newest last), D numbers that describe an
item, N = num_items + 1 columns of scores (column 0 is PAD and never a candidate).

A model is built from a `Shape` and its config alone, and everything it has learnt is in its `state_dict`, so
that config and weights bring it back exactly.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
import torch
from torch import Tensor, nn

from recsys.data.interactions import PAD, UNKNOWN_USER, Interactions
from recsys.models.config import ModelConfig, SequenceConfig
from recsys.models.inputs.content_embedding import ContentEmbedding
from recsys.models.inputs.item_content import Content
from recsys.models.inputs.rating_embedding import RatingEmbedding
from recsys.models.inputs.traits import Feature
from recsys.models.inputs.user_embedding import UserEmbedding, first_part, prepend_user
from recsys.sequences.batches import left_pad, left_pad_ratings

Family = Literal["baseline", "neighbourhood", "dense", "CNN", "RNN", "self-attention", "blend"]
SCORE_ROWS = 256  # histories scored at a time: bounds memory, not results


@dataclass(frozen=True, eq=False)
class Shape:
    """What a model is built for. Features, content and levels of rating (ratings.py) serve the models that take them."""

    num_users: int
    num_items: int
    user_features: tuple[Feature, ...] = ()
    item_features: tuple[Feature, ...] = ()
    content: Content | None = None
    rating_edges: np.ndarray | None = None


class Recommender(nn.Module):
    """Scores a batch of (history, user) over the catalogue.

    `scores_cold`: whether it can score an item without a training event, from what the item is. Then the whole
    catalogue are candidates; else the items with a training event, and a target without one is a miss.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    family: ClassVar[Family]
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
        """How many of the newest events the model reads: None for all of them."""
        return None

    @property
    def reads_ratings(self) -> bool:
        """Whether scores depend on how past events were rated."""
        return False

    def score(self, histories_BL: Tensor, users_B: Tensor, ratings_BL: Tensor | None = None) -> Tensor:
        """scores_BN: any real numbers, higher is better; column PAD has no meaning.

        `ratings_BL` are those of the events, NaN where unknown; None: nothing is known of any.
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
        """scores_BN on the CPU for plain histories, a bounded number of them at a time, in evaluation mode.

        `ratings` holds those of the events of each history, NaN where unknown, or None where none is known.
        """
        assert not self.training, "call eval() first: dropout would make the scores random"
        ids = np.full(len(histories), UNKNOWN_USER) if users is None else np.asarray(list(users))
        if ratings is not None:
            pairs = zip(histories, ratings, strict=True)
            assert all(
                ratings_of_history is None or len(ratings_of_history) == len(history)
                for history, ratings_of_history in pairs
            ), "a rating an event"
        rows = []
        for start in range(0, len(histories), SCORE_ROWS):
            part = slice(start, start + SCORE_ROWS)
            padded = left_pad(histories[part], self.window).to(self.device)
            users_B = torch.as_tensor(ids[part], dtype=torch.int64, device=self.device)
            ratings_BL = None
            if ratings is not None and self.reads_ratings:
                ratings_BL = left_pad_ratings(ratings[part], padded.shape[1]).to(self.device)
            rows.append(self.score(padded, users_B, ratings_BL).cpu())
        return torch.cat(rows)


class FittedModel(Recommender):
    """A model with a closed form: one call of `fit` on the training events.

    `growth`: the time of `fit` grows with the number of items to this power, at most.
    """

    growth: ClassVar[int] = 2

    def fit(self, train: Interactions) -> None:
        raise NotImplementedError


class LinearModel(FittedModel):
    """A fitted model whose score is a sum of links, one from each event of the history to the item."""

    def additions(self, events_L: Tensor, item: int) -> Tensor:
        """[L] float64: what each of the events, oldest first and none of them PAD, adds to the score of `item`.

        They sum to the score of a history of these events. Where an item counts once, however often it stands in the
        history, its events share its link equally.
        """
        raise NotImplementedError


def split_equally(links_L: Tensor, events_L: Tensor) -> Tensor:
    """[L] float64: the links of items that count once, an equal share for each of their events."""
    _, item_L, times_I = torch.unique(events_L, return_inverse=True, return_counts=True)
    return links_L.double() / times_I[item_L]


class SequenceModel(Recommender):
    """Reads a history from left to right and scores the next item at every position.

    The forward pass is split in two, so that explanations can vary the embeddings while the padding mask
    stays the one of the real items. Scores are products with the same item embedding ("tied"). Where there are
    features of users, the vector of who asks stands before the first event, at a position of its own: what is read
    then has M = L + 1 positions, else M = L. Where ratings are read, an event is the sum of the vectors of its item and
    of its rating.
    """

    has_attention: ClassVar[bool] = False  # whether `encode` reports attention weights

    item_embedding: nn.Embedding | ContentEmbedding
    user_embedding: UserEmbedding | None
    rating_embedding: RatingEmbedding | None

    def make_embeddings(self, shape: Shape, width: int, std: float | None = None) -> None:
        """Random rows of `std` (1 / sqrt(width) where None); the item row of PAD is zero and stays zero."""
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
        """The largest M."""
        return self.window + (self.user_embedding is not None)

    @property
    def reads_ratings(self) -> bool:
        return self.rating_embedding is not None

    @property
    def learnt_items(self) -> Tensor | None:
        """[N] bool: the items with events in training where the model can score others too, else None."""
        return self.item_embedding.has_events if isinstance(self.item_embedding, ContentEmbedding) else None

    def one_table(self) -> AbstractContextManager[None]:
        """Within, items are embedded and scored with the same vectors, also where training hides parts at random."""
        return self.item_embedding.one_table() if isinstance(self.item_embedding, ContentEmbedding) else nullcontext()

    def embed(self, items_BL: Tensor) -> Tensor:
        """x_BLD: zero where the item is PAD."""
        return self.item_embedding(items_BL)

    def inputs(
        self, items_BL: Tensor, users_B: Tensor | None = None, ratings_BL: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """(x_BMD, real_BM) for `encode`; where `users_B` is None nobody is known, where `ratings_BL` is, no rating."""
        users_B = items_BL.new_full((len(items_BL),), UNKNOWN_USER) if users_B is None else users_B
        real_BL = items_BL != PAD
        return self.with_users(self.rated(self.embed(items_BL), real_BL, ratings_BL), real_BL, users_B)

    def rated(self, x_BLD: Tensor, real_BL: Tensor, ratings_BL: Tensor | None) -> Tensor:
        """x_BLD: embedded items with the vectors of their ratings added, where the model has such."""
        return x_BLD if self.rating_embedding is None else self.rating_embedding.added(x_BLD, real_BL, ratings_BL)

    def with_users(self, x_BLD: Tensor, real_BL: Tensor, users_B: Tensor) -> tuple[Tensor, Tensor]:
        """(x_BMD, real_BM): embedded events with the vector of who asks before the first, where the model has one."""
        return (
            (x_BLD, real_BL)
            if self.user_embedding is None
            else prepend_user(x_BLD, real_BL, self.user_embedding(users_B))
        )

    def user_part(self, x_BMD: Tensor, real_BM: Tensor) -> Tensor | None:
        """[B, 1, D]: of what `with_users` made, the vector of who asks."""
        return None if self.user_embedding is None else first_part(x_BMD, real_BM)

    def user_with_events(self, x_BMD: Tensor, real_BM: Tensor) -> Tensor:
        """x_BMD with the vector of who asks added to every event: for models that forget it, or do not reach so far.

        User information at every step as in Donkers et al. (2017), "Sequential user-based recurrent neural network
        recommendations", in its simplest form.
        """
        user_B1D = self.user_part(x_BMD, real_BM)
        if user_B1D is None:
            return x_BMD
        is_event_BM1 = (real_BM.cumsum(1) > 1)[..., None]
        return x_BMD + is_event_BM1 * user_B1D

    def encode(self, x_BMD: Tensor, real_BM: Tensor, attention: list[Tensor] | None = None) -> Tensor:
        """h_BMD: what the model makes of the history up to and including each position.

        `real_BM` is False at padding. A model with attention appends one [B, heads, M, M] tensor a layer to
        `attention` where a list is given; `attention[layer][b, head, m]` sums to 1 over the positions up to m.
        """
        raise NotImplementedError

    def state(self, x_BMD: Tensor, real_BM: Tensor) -> Tensor:
        """h_BD: what the model makes of the whole history, `encode` at the newest position."""
        return self.encode(x_BMD, real_BM)[:, -1]

    def project(self, h_D: Tensor) -> Tensor:
        """scores [..., N] from h [..., D]."""
        scores_N = h_D @ self.item_embedding.weight.T
        return scores_N + self.item_embedding.offsets if isinstance(self.item_embedding, ContentEmbedding) else scores_N

    def forward(self, items_BL: Tensor, users_B: Tensor | None = None, ratings_BL: Tensor | None = None) -> Tensor:
        """scores_BMN at every position."""
        return self.project(self.encode(*self.inputs(items_BL, users_B, ratings_BL)))

    def score(self, histories_BL: Tensor, users_B: Tensor, ratings_BL: Tensor | None = None) -> Tensor:
        return self.project(self.state(*self.inputs(histories_BL, users_B, ratings_BL)))


class PairModel(Recommender):
    """Scores a (user, item) pair from embedded fields; knows trained users only, or no one.

    `fields` are the unique keys of the inputs in order (fields.py): "user", "user.age" …, "item", "item.category" …
    """

    fields: tuple[str, ...]

    def embed_pairs(self, users_P: Tensor, items_P: Tensor) -> list[Tensor]:
        """One [P, D] tensor for each of `fields`."""
        raise NotImplementedError

    def baseline(self) -> list[Tensor]:
        """One [1, D] tensor for each of `fields`: no known user, no known trait, the average item."""
        raise NotImplementedError

    def logit(self, embedded: Sequence[Tensor]) -> Tensor:
        """[P] logits: sigmoid(logit) is the estimated chance of an interaction."""
        raise NotImplementedError
