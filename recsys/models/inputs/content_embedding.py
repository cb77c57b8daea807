"""Item embeddings from content, plus a bounded id embedding.

    item vector = sum of the projected content parts + id part, whose norm is at most `ID_BOUND` times that sum's

After Let It Go (RecSys 2025). The id part is hidden at random in training, as in DropoutNet (Volkovs et al. 2017), so
that content alone can represent cold-start items. Text and pictures are encoded by two towers that are trained
beforehand (training/towers.py) and then frozen; their vectors of the whole catalogue are stored with the weights.
Shapes: N items and PAD, C tower dimensions, D embedding dimensions, T tokens, S pixels.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from recsys.data.interactions import PAD
from recsys.models.inputs.item_content import PICTURE, Content
from recsys.models.inputs.tokens import NO_TOKEN

TEXT_PART = "text"  # title and text together
TOWER_DIM = 64
ID_BOUND = 1.0  # relative to the norm of the content parts
MIN_EVENTS = 10  # training events for an id part: fewer teach little except that the item is rare


class TextTower(nn.Module):
    """Text CNN: filters of 3, 4 and 5 tokens, ReLU, max-pooling, a dense layer. Kim (2014), arXiv:1408.5882."""

    WIDTHS, FILTERS, WORD_DIM = (3, 4, 5), 64, 64

    def __init__(self, num_words: int) -> None:
        super().__init__()
        self.words = nn.Embedding(num_words, self.WORD_DIM, padding_idx=NO_TOKEN)
        self.filters = nn.ModuleList(
            nn.Conv1d(self.WORD_DIM, self.FILTERS, width, padding=width - 1) for width in self.WIDTHS
        )
        self.out = nn.Linear(self.FILTERS * len(self.WIDTHS), TOWER_DIM)

    def forward(self, tokens_BT: Tensor) -> Tensor:
        """Encode token codes as [B, C]."""
        return self.read(self.words(tokens_BT))

    def read(self, x_BTE: Tensor) -> Tensor:
        """Encode embedded tokens as [B, C]."""
        maxima = [F.relu(filters(x_BTE.transpose(1, 2))).amax(2) for filters in self.filters]
        return self.out(torch.cat(maxima, dim=1))


class PictureTower(nn.Module):
    """Picture CNN: three convolutions with ReLU, max- and mean-pooling, a dense layer."""

    def __init__(self) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(
            nn.Conv2d(3, 16, 5, stride=2, padding=2), nn.ReLU(),
            nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.ReLU(),
            nn.Conv2d(32, 64, 3, stride=2, padding=1), nn.ReLU(),
        )  # fmt: skip
        self.out = nn.Linear(128, TOWER_DIM)

    def forward(self, pictures_B3SS: Tensor) -> Tensor:
        """Encode pixels from 0 to 255 as [B, C]."""
        maps = self.convolutions(pictures_B3SS.float() / 255 - 0.5)
        return self.out(torch.cat([maps.amax((2, 3)), maps.mean((2, 3))], dim=1))


class ContentEmbedding(nn.Module):
    """Drop-in replacement of an id embedding: `weight` [N, D] and a lookup. `std` is that of the id embedding."""

    has_events: Tensor
    may_have_id: Tensor
    new_offset: Tensor
    category_codes: Tensor
    price_numbers: Tensor

    def __init__(self, content: Content, width: int, std: float, id_dropout: float) -> None:
        super().__init__()
        self.content = content
        self.id_dropout = id_dropout
        self._fixed_weight: Tensor | None = None
        self._cached_weight: tuple[tuple[tuple[int, int], ...], Tensor] | None = None
        self.own = nn.Embedding(content.num_items + 1, width, padding_idx=PAD)
        self.towers = nn.ModuleDict()
        if content.texts:
            self.towers[TEXT_PART] = TextTower(len(content.vocabulary))
        if content.picture_files is not None:
            self.towers[PICTURE] = PictureTower()
        self.projections = nn.ModuleDict({name: nn.Linear(TOWER_DIM, width) for name in self.towers})
        for name in self.towers:
            self.register_buffer(f"{name}_vectors", torch.zeros(content.num_items + 1, TOWER_DIM))
        self.category = nn.Embedding(len(content.category.values), width) if content.category else None
        if content.category:
            self.register_buffer("category_codes", torch.as_tensor(content.category.codes))
        self.price = nn.Linear(2, width) if content.prices is not None else None
        if content.prices is not None:
            self.register_buffer("price_numbers", torch.from_numpy(price_numbers(content.prices)))
        self.register_buffer("has_events", torch.zeros(content.num_items + 1, dtype=torch.bool))
        self.register_buffer("may_have_id", torch.ones(content.num_items + 1, dtype=torch.bool), persistent=False)
        self.register_buffer("new_offset", torch.zeros(()))
        self._init_parts(std)

    def _init_parts(self, std: float) -> None:
        """Initialise each part with an equal share of the variance of an id embedding."""
        part_std = std / math.sqrt(len(self.part_names))
        nn.init.normal_(self.own.weight, std=part_std)
        for projection in self.projections.values():
            nn.init.normal_(projection.weight, std=part_std / math.sqrt(TOWER_DIM))  # type: ignore[arg-type]
            nn.init.zeros_(projection.bias)  # type: ignore[arg-type]
        if self.category is not None:
            nn.init.normal_(self.category.weight, std=part_std)
        if self.price is not None:
            nn.init.normal_(self.price.weight, std=part_std)
            nn.init.zeros_(self.price.bias)
        with torch.no_grad():
            self.own.weight[PAD] = 0

    def set_item_counts(self, item_counts: np.ndarray) -> None:
        """Set the number of training events per item [N], before training. The id part of rare items is fixed at 0."""
        self.has_events.copy_(torch.from_numpy(item_counts > 0))
        self.may_have_id.copy_(torch.from_numpy(item_counts >= MIN_EVENTS))
        with torch.no_grad():
            self.own.weight[~self.may_have_id] = 0

    @property
    def is_new(self) -> Tensor:
        """Cold-start items: those without a training event, [N] bool."""
        is_new_N = ~self.has_events
        is_new_N[PAD] = False
        return is_new_N

    @property
    def offsets(self) -> Tensor:
        """Score offset per item, [N]: `new_offset` for cold-start items (training/calibration.py), else 0."""
        return self.new_offset * self.is_new

    @property
    def part_names(self) -> tuple[str, ...]:
        """Names of the parts of an item vector, "id" last."""
        content_names = [*self.towers, *(["category"] if self.category is not None else [])]
        return (*content_names, *(["price"] if self.price is not None else []), "id")

    @property
    def weight(self) -> Tensor:
        """Item vectors [N, D]. In training, random ids are hidden: redrawn per call, except within `one_table`.

        Cached while gradients are off, until the mode or one of its tensors changes.
        """
        if self._fixed_weight is not None:
            return self._fixed_weight
        if self.training or torch.is_grad_enabled():
            return self._sum_of_parts()
        versions = tuple((tensor.data_ptr(), tensor._version) for tensor in (*self.parameters(), *self.buffers()))
        if self._cached_weight is None or self._cached_weight[0] != versions:
            self._cached_weight = versions, self._sum_of_parts()
        return self._cached_weight[1]

    def train(self, mode: bool = True) -> ContentEmbedding:
        self._cached_weight = None  # the fused optimizer changes weights without a new version
        return super().train(mode)

    @contextmanager
    def one_table(self) -> Iterator[None]:
        """Context in which `weight` is one tensor: an id hidden as input is hidden as target, too."""
        self._fixed_weight = self._sum_of_parts()
        try:
            yield
        finally:
            self._fixed_weight = None

    def _sum_of_parts(self) -> Tensor:
        return torch.stack(list(self.parts().values())).sum(0)

    def parts(self) -> dict[str, Tensor]:
        """Compute one [N, D] tensor per name in `part_names`, zero at PAD."""
        parts = {name: self.projections[name](self.get_buffer(f"{name}_vectors")) for name in self.towers}
        if self.category is not None:
            parts["category"] = self.category(self.category_codes)
        if self.price is not None:
            parts["price"] = self.price(self.price_numbers)
        real_N1 = (torch.arange(len(self.has_events), device=self.has_events.device) != PAD)[:, None]
        parts = {name: part * real_N1 for name, part in parts.items()}
        content_ND = torch.stack(list(parts.values())).sum(0)
        return {**parts, "id": self.id_part(content_ND)}

    def id_part(self, content_ND: Tensor) -> Tensor:
        """Compute the id part [N, D], bounded by the norm of the content; zero below MIN_EVENTS training events."""
        id_ND = self.own.weight
        if ID_BOUND > 0:
            limit_N1 = ID_BOUND * content_ND.detach().norm(dim=1, keepdim=True)
            id_ND = id_ND * (limit_N1 / id_ND.norm(dim=1, keepdim=True).clamp(min=1e-9)).clamp(max=1)
        has_id_N = (self.has_events & self.may_have_id).float()
        if self.training and self.id_dropout:
            has_id_N = has_id_N * (torch.rand(len(has_id_N), device=has_id_N.device) >= self.id_dropout)
        return id_ND * has_id_N[:, None]

    def forward(self, items: Tensor) -> Tensor:
        """Look up item vectors [..., D]."""
        return F.embedding(items, self.weight, padding_idx=PAD)


def content_embedding(model: nn.Module) -> ContentEmbedding | None:
    """Return the content embedding of a model, or None."""
    return next((module for module in model.modules() if isinstance(module, ContentEmbedding)), None)


def price_numbers(prices: np.ndarray, catalogue: np.ndarray | None = None) -> np.ndarray:
    """Standardise log prices: [N, 2] float32 of the value (0 if unknown) and whether the price is known.

    Mean and standard deviation are those of the log prices in `catalogue` [M], by default `prices`.
    """
    logs, is_known = _logs(prices)
    all_logs, all_known = (logs, is_known) if catalogue is None else _logs(catalogue)
    if all_known.any():
        logs = (logs - all_logs[all_known].mean()) / max(float(all_logs[all_known].std()), 1e-6)
    return np.stack([np.where(is_known, logs, 0), is_known], axis=1).astype("float32")


def _logs(prices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    is_known = np.isfinite(prices) & (prices > 0)
    return np.log(prices, where=is_known, out=np.zeros(len(prices))), is_known
