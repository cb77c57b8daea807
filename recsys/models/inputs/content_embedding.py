"""Item vectors made of what items are, plus a bounded part of their own.

    vector of an item = sum of its content parts, each projected + own part, at most `ID_BOUND` long

After Let It Go (RecSys 2025), with the own part hidden at random in training as in DropoutNet (Volkovs et al. 2017),
so that the content must speak alone for items that nobody has touched yet. Text and pictures are read by two
towers that are trained before (training/towers.py) and stay as they are; their vectors of the whole catalogue are
kept with the weights. Shapes: N items and PAD, C numbers of a tower, D of an item vector, T tokens, S pixels.
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

TEXT_PART = "text"  # what title and text make together
TOWER_DIM = 64
ID_BOUND = 1.0  # of the length of what the content says of the item
MIN_EVENTS = 10  # in training, for an own part: fewer teach little of an item but that it is rare


class TextTower(nn.Module):
    """Filters of 3, 4 and 5 tokens, ReLU, the maximum over the text, a dense layer: Kim (2014), arXiv:1408.5882."""

    WIDTHS, FILTERS, WORD_DIM = (3, 4, 5), 64, 64

    def __init__(self, num_words: int) -> None:
        super().__init__()
        self.words = nn.Embedding(num_words, self.WORD_DIM, padding_idx=NO_TOKEN)
        self.filters = nn.ModuleList(
            nn.Conv1d(self.WORD_DIM, self.FILTERS, width, padding=width - 1) for width in self.WIDTHS
        )
        self.out = nn.Linear(self.FILTERS * len(self.WIDTHS), TOWER_DIM)

    def forward(self, tokens_BT: Tensor) -> Tensor:
        """[B, C]"""
        return self.read(self.words(tokens_BT))

    def read(self, x_BTE: Tensor) -> Tensor:
        """[B, C] from embedded tokens."""
        maxima = [F.relu(filters(x_BTE.transpose(1, 2))).amax(2) for filters in self.filters]
        return self.out(torch.cat(maxima, dim=1))


class PictureTower(nn.Module):
    """Three convolutions with ReLU, then the maximum and the mean of each map, and a dense layer."""

    def __init__(self) -> None:
        super().__init__()
        self.convolutions = nn.Sequential(
            nn.Conv2d(3, 16, 5, stride=2, padding=2), nn.ReLU(),
            nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.ReLU(),
            nn.Conv2d(32, 64, 3, stride=2, padding=1), nn.ReLU(),
        )  # fmt: skip
        self.out = nn.Linear(128, TOWER_DIM)

    def forward(self, pictures_B3SS: Tensor) -> Tensor:
        """[B, C] from pixels of 0 to 255."""
        maps = self.convolutions(pictures_B3SS.float() / 255 - 0.5)
        return self.out(torch.cat([maps.amax((2, 3)), maps.mean((2, 3))], dim=1))


class ContentEmbedding(nn.Module):
    """Takes the place of an embedding of ids: `weight` [N, D] and a lookup. `std` is that of the ids' numbers."""

    has_events: Tensor
    may_own: Tensor
    new_offset: Tensor
    category_codes: Tensor
    price_numbers: Tensor

    def __init__(self, content: Content, width: int, std: float, id_dropout: float) -> None:
        super().__init__()
        self.content = content
        self.id_dropout = id_dropout
        self._table: Tensor | None = None
        self._kept: tuple[tuple[tuple[int, int], ...], Tensor] | None = None
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
        self.register_buffer("may_own", torch.ones(content.num_items + 1, dtype=torch.bool), persistent=False)
        self.register_buffer("new_offset", torch.zeros(()))
        self._begin(std)

    def _begin(self, std: float) -> None:
        """Every part begins with an equal share of the variance that an embedding of ids has."""
        share = std / math.sqrt(len(self.part_names))
        nn.init.normal_(self.own.weight, std=share)
        for projection in self.projections.values():
            nn.init.normal_(projection.weight, std=share / math.sqrt(TOWER_DIM))  # type: ignore[arg-type]
            nn.init.zeros_(projection.bias)  # type: ignore[arg-type]
        if self.category is not None:
            nn.init.normal_(self.category.weight, std=share)
        if self.price is not None:
            nn.init.normal_(self.price.weight, std=share)
            nn.init.zeros_(self.price.bias)
        with torch.no_grad():
            self.own.weight[PAD] = 0

    def set_item_counts(self, item_counts: np.ndarray) -> None:
        """Before training: how many events each item has in it, [N]. The own part of rare ones is 0 and stays so."""
        self.has_events.copy_(torch.from_numpy(item_counts > 0))
        self.may_own.copy_(torch.from_numpy(item_counts >= MIN_EVENTS))
        with torch.no_grad():
            self.own.weight[~self.may_own] = 0

    @property
    def is_new(self) -> Tensor:
        """[N] bool: the items without an event in training."""
        is_new_N = ~self.has_events
        is_new_N[PAD] = False
        return is_new_N

    @property
    def offsets(self) -> Tensor:
        """[N] what is added to every score of an item: `new_offset` where it is new (training/calibration.py), else 0."""
        return self.new_offset * self.is_new

    @property
    def part_names(self) -> tuple[str, ...]:
        """The parts that an item vector is the sum of, "id" last."""
        named = [*self.towers, *(["category"] if self.category is not None else [])]
        return (*named, *(["price"] if self.price is not None else []), "id")

    @property
    def weight(self) -> Tensor:
        """[N, D]; in training the own part of some items is hidden, others at each call outside `one_table`.

        Kept from one call to the next where no gradient is wanted, until the mode or a tensor that it is made of changes.
        """
        if self._table is not None:
            return self._table
        if self.training or torch.is_grad_enabled():
            return self._sum_of_parts()
        versions = tuple((tensor.data_ptr(), tensor._version) for tensor in (*self.parameters(), *self.buffers()))
        if self._kept is None or self._kept[0] != versions:
            self._kept = versions, self._sum_of_parts()
        return self._kept[1]

    def train(self, mode: bool = True) -> ContentEmbedding:
        self._kept = None  # the fused optimizer changes weights without a new version
        return super().train(mode)

    @contextmanager
    def one_table(self) -> Iterator[None]:
        """Within, `weight` is one tensor: what is hidden of an item is hidden as input and as target."""
        self._table = self._sum_of_parts()
        try:
            yield
        finally:
            self._table = None

    def _sum_of_parts(self) -> Tensor:
        return torch.stack(list(self.parts().values())).sum(0)

    def parts(self) -> dict[str, Tensor]:
        """One [N, D] tensor for each of `part_names`, zero at PAD."""
        parts = {name: self.projections[name](self.get_buffer(f"{name}_vectors")) for name in self.towers}
        if self.category is not None:
            parts["category"] = self.category(self.category_codes)
        if self.price is not None:
            parts["price"] = self.price(self.price_numbers)
        real_N1 = (torch.arange(len(self.has_events), device=self.has_events.device) != PAD)[:, None]
        parts = {name: part * real_N1 for name, part in parts.items()}
        said_ND = torch.stack(list(parts.values())).sum(0)
        return {**parts, "id": self.own_part(said_ND)}

    def own_part(self, said_ND: Tensor) -> Tensor:
        """[N, D], no longer than what the content says; zero for items with fewer than MIN_EVENTS events in training."""
        own_ND = self.own.weight
        if ID_BOUND > 0:
            limit_N1 = ID_BOUND * said_ND.detach().norm(dim=1, keepdim=True)
            own_ND = own_ND * (limit_N1 / own_ND.norm(dim=1, keepdim=True).clamp(min=1e-9)).clamp(max=1)
        shown_N = (self.has_events & self.may_own).float()
        if self.training and self.id_dropout:
            shown_N = shown_N * (torch.rand(len(shown_N), device=shown_N.device) >= self.id_dropout)
        return own_ND * shown_N[:, None]

    def forward(self, items: Tensor) -> Tensor:
        """[..., D]"""
        return F.embedding(items, self.weight, padding_idx=PAD)


def content_embedding(model: nn.Module) -> ContentEmbedding | None:
    """The part of a model that reads content, where it has one."""
    return next((module for module in model.modules() if isinstance(module, ContentEmbedding)), None)


def price_numbers(prices: np.ndarray, catalogue: np.ndarray | None = None) -> np.ndarray:
    """[N, 2] float32: the logarithm of each price, less the catalogue's mean, over its deviation; and whether it is known.

    `catalogue` [M] are the prices that mean and deviation are taken over, the prices themselves where None.
    """
    logs, is_known = _logs(prices)
    all_logs, all_known = (logs, is_known) if catalogue is None else _logs(catalogue)
    if all_known.any():
        logs = (logs - all_logs[all_known].mean()) / max(float(all_logs[all_known].std()), 1e-6)
    return np.stack([np.where(is_known, logs, 0), is_known], axis=1).astype("float32")


def _logs(prices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    is_known = np.isfinite(prices) & (prices > 0)
    return np.log(prices, where=is_known, out=np.zeros(len(prices))), is_known
