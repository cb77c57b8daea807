"""Pretraining of the text and picture towers: item content is regressed on collaborative item factors.

The factors are the leading eigenvectors of the item co-occurrence table (users per pair of items), minus what
popularity alone explains (correspondence analysis: Greenacre 1984), with small counts shrunk and without the diagonal.
The table is never built: it is a product of the sparse interactions with themselves. A tower encodes an item and a
dense layer maps its vector to the factors. The squared error is weighted by how reliable the factors are. Regressing
content on collaborative factors follows CB2CF (Barkan et al. 2019, arXiv:1611.00384). Shapes: N items and PAD, K
factors, C numbers of a tower.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import LinearOperator, eigsh
from torch import Tensor, nn

from recsys.data.interactions import PAD, Interactions
from recsys.models.inputs.content_embedding import TEXT_PART, TOWER_DIM, ContentEmbedding, PictureTower, TextTower
from recsys.models.inputs.item_content import PICTURE
from recsys.models.inputs.tokens import NO_TOKEN
from recsys.training.chance import Chance
from recsys.training.optimizer import AdamW

NUM_FACTORS, SHRINK = 64, 20
EPOCHS = {TEXT_PART: 30, PICTURE: 100}
BATCH, LEARNING_RATE, DECAY = 64, 1e-3, 1.0  # items per batch, AdamW's learning rate and weight decay
HIDDEN_TOKENS, SHIFT = 0.5, 4  # share of a text's tokens, pixels of a picture: augmentation against overfitting
READ = 256  # items per batch when the catalogue is encoded


@dataclass(frozen=True)
class TowerDone:
    """One epoch of a tower over the items; `loss` is its mean."""

    tower: str
    epoch: int
    epochs: int
    loss: float


def item_factors(train: Interactions) -> tuple[Tensor, Tensor]:
    """factors_NK with mean square length 1, and weights_N: 0 for items without an event, up to 1."""
    shape = (train.num_users + 1, train.num_items + 1)
    user_items = csr_matrix((np.ones(len(train)), (train.users, train.items)), shape=shape)
    user_items.data[:] = 1
    per_item = np.asarray(user_items.sum(0)).ravel()  # diagonal of the co-occurrence table
    row_sums = user_items.T @ (user_items @ np.ones(shape[1])) - per_item
    total = row_sums.sum()
    scale = (row_sums + row_sums[per_item > 0].mean()) ** -0.5

    def residuals(vector: np.ndarray) -> np.ndarray:
        scaled = scale * vector.ravel()
        return scale * (
            user_items.T @ (user_items @ scaled) - per_item * scaled - row_sums * (row_sums @ scaled) / total
        )

    table = LinearOperator((shape[1], shape[1]), dtype=np.float64, matvec=residuals)
    rng = np.random.default_rng(0)  # of restarts, which short logs need: without it they give other bits in each call
    eigenvalues, vectors = eigsh(table, k=min(NUM_FACTORS, shape[1] - 1), which="LA", v0=np.ones(shape[1]), rng=rng)
    factors = vectors * np.sqrt(np.maximum(eigenvalues, 0))
    factors = factors / max(float(np.sqrt((factors**2).sum(1).mean())), 1e-12)
    weights = np.minimum(1, train.item_counts / SHRINK)
    return torch.from_numpy(factors.astype("float32")), torch.from_numpy(weights.astype("float32"))


def train_towers(
    embedding: ContentEmbedding,
    train: Interactions,
    *,
    seed: int,
    device: torch.device,
    check_stop: Callable[[], None],
) -> Iterator[TowerDone]:
    """Train each tower and encode the catalogue with it.

    The same seed gives the same bits. `check_stop` is called before every step and may raise.
    """
    if embedding.towers:
        factors_NK, weights_N = (table.to(device) for table in item_factors(train))
    for number, (name, tower) in enumerate(embedding.towers.items(), start=1):
        assert isinstance(tower, TextTower | PictureTower)
        inputs = _inputs(embedding, name)
        work = Work(name, tower, inputs, factors_NK, weights_N, np.random.default_rng((seed, number)), device)
        yield from _train_tower(work, check_stop)
        embedding.get_buffer(f"{name}_vectors").copy_(read_catalogue(tower, inputs, device))


def tower_seconds(embedding: ContentEmbedding, device: torch.device) -> float:
    """Estimate the time of `train_towers` from two steps per tower, without the factors."""
    total = 0.0
    for name, tower in embedding.towers.items():
        assert isinstance(tower, TextTower | PictureTower)
        inputs = _inputs(embedding, name)
        factors_NK, weights_N = torch.zeros(len(inputs), NUM_FACTORS), torch.ones(len(inputs))
        work = Work(name, tower, inputs, factors_NK.to(device), weights_N.to(device), np.random.default_rng(0), device)
        head, items = nn.Linear(TOWER_DIM, NUM_FACTORS).to(device), torch.arange(len(inputs))[:BATCH]
        for _ in range(2):  # the first is a warm-up
            began = time.monotonic()
            work.loss(head, items).backward()
            step = time.monotonic() - began
        total += step * -(-len(inputs) // BATCH) * EPOCHS[name]
    return total


def _inputs(embedding: ContentEmbedding, name: str) -> Tensor:
    return embedding.content.pictures_N3SS if name == PICTURE else embedding.content.tokens_NT


@dataclass(frozen=True, eq=False)
class Work:
    """A tower and its training data; all randomness comes from `rng`."""

    name: str
    tower: TextTower | PictureTower
    inputs: Tensor
    factors_NK: Tensor
    weights_N: Tensor
    rng: np.random.Generator
    device: torch.device

    def loss(self, head: nn.Linear, items: Tensor) -> Tensor:
        augment = _shift if self.name == PICTURE else _drop_tokens
        batch = augment(self.inputs[items], self.rng).to(self.device)
        error_B = ((head(self.tower(batch)) - self.factors_NK[items]) ** 2).sum(1)
        return (error_B * self.weights_N[items]).mean()


def _train_tower(work: Work, check_stop: Callable[[], None]) -> Iterator[TowerDone]:
    item_indices, epochs = torch.nonzero(work.weights_N)[:, 0].cpu(), EPOCHS[work.name]
    with Chance(int(work.rng.integers(2**31)), work.device).rng_scope():
        head = nn.Linear(TOWER_DIM, work.factors_NK.shape[1]).to(work.device)
    weights = [*work.tower.parameters(), *head.parameters()]
    optimizer = AdamW(weights, lr=LEARNING_RATE, weight_decay=DECAY)
    work.tower.train()
    for epoch in range(1, epochs + 1):
        total = 0.0
        for rows in torch.from_numpy(work.rng.permutation(len(item_indices))).split(BATCH):
            check_stop()
            loss = work.loss(head, item_indices[rows])
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            total += float(loss.detach()) * len(rows)
        yield TowerDone(work.name, epoch, epochs, total / len(item_indices))
    work.tower.eval()


def _drop_tokens(tokens_BT: Tensor, rng: np.random.Generator) -> Tensor:
    """Mask a random share of the tokens."""
    return tokens_BT.masked_fill(torch.from_numpy(rng.random(tokens_BT.shape) < HIDDEN_TOKENS), NO_TOKEN)


def _shift(pictures_B3SS: Tensor, rng: np.random.Generator) -> Tensor:
    """Shift pictures by a few pixels and mirror half of the batches."""
    down, right = (int(step) for step in rng.integers(-SHIFT, SHIFT + 1, 2))
    shifted = torch.roll(pictures_B3SS, (down, right), (2, 3))
    return shifted.flip(3) if rng.random() < 0.5 else shifted


@torch.no_grad()
def read_catalogue(tower: TextTower | PictureTower, inputs: Tensor, device: torch.device) -> Tensor:
    """vectors_NC on the CPU, 0 at PAD.

    Also rescales the tower's output layer, so that each number has mean 0 and standard deviation 1 over the catalogue.
    """
    raw_NC = torch.cat([tower(part.to(device)) for part in inputs[PAD + 1 :].split(READ)])
    mean, deviation = raw_NC.mean(0), raw_NC.std(0).clamp(min=1e-6)
    tower.out.weight.div_(deviation[:, None])
    tower.out.bias.sub_(mean).div_(deviation)
    vectors_NC = torch.zeros(len(inputs), TOWER_DIM)
    vectors_NC[PAD + 1 :] = ((raw_NC - mean) / deviation).cpu()
    return vectors_NC
