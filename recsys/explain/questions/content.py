"""Why this item, by what it is: how much of its score comes from each word and each place of its picture.

For sequence models whose item vectors are sums of parts (models/items.py). The score is the product of the user
state with the item's vector, so it splits exactly into one product for each part (sources.py). Words and places are asked of the
tower that reads them: the explained number is state . projection(tower(text or picture)), which is that part of the
score. The bound that the id part gets from the length of the rest is held fixed. Shapes: items.py.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from captum.attr import LayerAttribution, LayerGradCam, LayerIntegratedGradients, Occlusion
from torch import Tensor

from recsys.data.interactions import PAD
from recsys.errors import SettingError
from recsys.explain.locks import lock_of
from recsys.explain.situation import Situation
from recsys.models.base import Recommender, SequenceModel
from recsys.models.inputs.content_embedding import (
    TEXT_PART,
    ContentEmbedding,
    PictureTower,
    TextTower,
    content_embedding,
)
from recsys.models.inputs.item_content import PICTURE
from recsys.models.inputs.tokens import NO_TOKEN, Token, tokenise

STEPS = 64  # points of the path of integrated gradients
MAX_TEXTS, MAX_OTHERS = 20_000, 32  # texts looked at for other tokens, and other tokens tried at a place
PATCH, STRIDE = 6, 2  # pixels of a picture that are covered at a time, and from one place to the next
ROWS = 128  # pictures or texts read at a time


@dataclass(frozen=True)
class TokenValue:
    """What a token adds to the item's score; it stands at start : end of the text that the tower reads."""

    token: Token
    value: float


def why_no_content(model: Recommender) -> str | None:
    """Why scores of this model cannot be split by what an item is, in words; None where they can."""
    if isinstance(model, SequenceModel) and isinstance(model.item_embedding, ContentEmbedding):
        return None
    if content_embedding(model) is None:
        return f"{model.title} saw nothing of the items but who chose them."
    return f"{model.title} mixes what it sees of an item with other inputs, so its score is no sum of parts."


def token_values(situation: Situation, method: str = "replacement", state_D: Tensor | None = None) -> list[TokenValue]:
    """What each token of the item's text adds to its score, in the order of the text; [] where it has none.

    `replacement`, the default: the text is read again with each token that follows the same left neighbour somewhere in
    the catalogue, and what they give on average, by how often they do, is subtracted. A token adds what it says beyond
    what else could stand there, and one that always stands there adds nothing (input marginalisation: Kim et al. 2020,
    arXiv:2010.13984, with the catalogue in place of a language model). `removal` leaves the token's place empty:
    exact, but no text has gaps, and the tower's answers to texts unlike all others mean little.
    `integrated_gradients` (captum) shares the way from a text of no tokens out over the tokens, so that they add up to it.
    `state_D` is asked about in place of the user's state, where it is given.
    Raises SettingError for another method or a model without text.
    """
    _check(method, TOKEN_METHODS)
    with _asking(situation) as (embedding, own_D):
        state_D = own_D if state_D is None else state_D
        tower = _tower(embedding, TEXT_PART)
        assert isinstance(tower, TextTower)
        tokens = tokenise(embedding.content.texts[situation.item])
        if not tokens:
            return []
        reading = Reading(
            tower, _score_of(embedding, TEXT_PART, state_D), embedding.content.tokens_NT, situation.item, len(tokens)
        )
        values = TOKEN_METHODS[method](reading)
    return [TokenValue(token, value) for token, value in zip(tokens, values.tolist(), strict=True)]


def picture_map(situation: Situation, method: str = "occlusion", state_D: Tensor | None = None) -> np.ndarray | None:
    """[S, S] float64: what each place of the item's picture adds to its score; None where it has no picture.

    `occlusion` (Zeiler & Fergus 2014, arXiv:1311.2901; captum) covers patches with the colour of the border and reads
    the picture again; a place gets the mean over the patches that cover it. `grad_cam` (Selvaraju et al. 2017,
    arXiv:1610.02391; captum) weighs the maps of the last convolution by their mean gradients and keeps what speaks
    for the item: one look, but coarse. `state_D` as for `token_values`. Raises SettingError for another method or a model without pictures.
    """
    _check(method, PICTURE_METHODS)
    with _asking(situation) as (embedding, own_D):
        state_D = own_D if state_D is None else state_D
        tower = _tower(embedding, PICTURE)
        assert isinstance(tower, PictureTower)
        picture = embedding.content.picture(situation.item)
        if picture is None:
            return None
        picture_13SS = torch.from_numpy(picture.astype("float32"))[None].to(state_D.device)
        found_SS = PICTURE_METHODS[method](tower, _score_of(embedding, PICTURE, state_D), picture_13SS)
    return found_SS.detach().double().cpu().numpy()


Score = Callable[[Tensor], Tensor]


@dataclass(frozen=True, eq=False)
class Reading:
    """The text of one item before the tower: its row of `tokens_NT` has `count` tokens."""

    tower: TextTower
    score: Score
    tokens_NT: Tensor
    item: int
    count: int

    @property
    def codes_T(self) -> Tensor:
        return self.tokens_NT[self.item]

    def scores(self, rows_BT: Tensor) -> Tensor:
        """[B] float64 on the CPU, a bounded number of texts at a time."""
        device = self.tower.words.weight.device
        with torch.no_grad():
            return torch.cat([self.score(part.to(device)).double().cpu() for part in rows_BT.split(ROWS)])

    def alternatives(self, position: int) -> tuple[Tensor, Tensor]:
        """(codes, how often): the most frequent tokens that follow the same left neighbour, or begin a text."""
        texts_NT = self.tokens_NT[PAD + 1 :][:: 1 + len(self.tokens_NT) // MAX_TEXTS]
        neighbour_NT = texts_NT[:, :-1] == self.codes_T[position - 1]
        follows = texts_NT[:, 1:][neighbour_NT] if position else texts_NT[:, 0]
        codes, counts = follows[follows != NO_TOKEN].unique(return_counts=True)
        if not len(codes):  # none of the texts looked at holds the neighbour: nothing else could stand here
            return self.codes_T[position : position + 1], torch.ones(1)
        most = counts.argsort(descending=True, stable=True)[:MAX_OTHERS]
        return codes[most], counts[most]

    def with_codes(self, position: int, codes: Tensor) -> Tensor:
        """[len(codes), T]: the text with each of the codes at `position`."""
        rows = self.codes_T.repeat(len(codes), 1)
        rows[:, position] = codes
        return rows


def _replacement(reading: Reading) -> Tensor:
    """[count]"""
    rows, weights = [], []
    for position in range(reading.count):
        codes, counts = reading.alternatives(position)
        rows.append(reading.with_codes(position, codes))
        weights.append(counts.double() / counts.sum())
    scores = reading.scores(torch.cat([reading.codes_T[None], *rows]))
    others = scores[1:].split([len(part) for part in rows])
    averages = [part @ weight for part, weight in zip(others, weights, strict=True)]
    return scores[0] - torch.stack(averages)


def _removal(reading: Reading) -> Tensor:
    """[count]"""
    empty = torch.tensor([NO_TOKEN])
    rows = torch.cat(
        [reading.codes_T[None], *(reading.with_codes(position, empty) for position in range(reading.count))]
    )
    scores = reading.scores(rows)
    return scores[0] - scores[1:]


def _integrated(reading: Reading) -> Tensor:
    """[count]"""
    codes_1T = reading.codes_T[None].to(reading.tower.words.weight.device)
    method = LayerIntegratedGradients(reading.score, reading.tower.words)
    values_1TE = method.attribute(codes_1T, baselines=torch.full_like(codes_1T, NO_TOKEN), n_steps=STEPS)
    return values_1TE.detach().double().cpu().sum(2)[0, : reading.count]


def _occlusion(tower: PictureTower, score: Score, picture_13SS: Tensor) -> Tensor:
    border = torch.cat([picture_13SS[..., [0, -1], :].flatten(2), picture_13SS[..., [0, -1]].flatten(2)], dim=2)
    ground = border.median(2).values[..., None, None].expand_as(picture_13SS)
    with torch.no_grad():
        attribution = Occlusion(score).attribute(
            picture_13SS, (3, PATCH, PATCH), strides=(3, STRIDE, STRIDE), baselines=ground, perturbations_per_eval=ROWS
        )
    return attribution[0, 0]


def _grad_cam(tower: PictureTower, score: Score, picture_13SS: Tensor) -> Tensor:
    attribution = LayerGradCam(score, tower.convolutions[-1]).attribute(picture_13SS, relu_attributions=True)
    return LayerAttribution.interpolate(attribution, tuple(picture_13SS.shape[2:]), "bilinear")[0, 0]


TOKEN_METHODS: dict[str, Callable[[Reading], Tensor]] = {
    "replacement": _replacement,
    "removal": _removal,
    "integrated_gradients": _integrated,
}
PICTURE_METHODS: dict[str, Callable[[PictureTower, Score, Tensor], Tensor]] = {
    "occlusion": _occlusion,
    "grad_cam": _grad_cam,
}


def _check(method: str, methods: dict[str, Callable[..., Tensor]]) -> None:
    if method not in methods:
        raise SettingError(f"No method {method!r} for content. Choose {' or '.join(methods)}.")


@contextmanager
def _asking(situation: Situation) -> Iterator[tuple[ContentEmbedding, Tensor]]:
    """(item embedding, state_D after the history), alone with the model, gradients on; SettingError where it has none."""
    model = situation.model
    if (reason := why_no_content(model)) is not None:
        raise SettingError(f"{reason} Ask for leave_one_out, which explains by the past, or for ablation.")
    assert isinstance(model, SequenceModel) and isinstance(model.item_embedding, ContentEmbedding)
    with lock_of(model), torch.enable_grad():
        with torch.no_grad():
            state_D = model.state(*model.inputs(*situation.inputs()))[0]
        yield model.item_embedding, state_D


def _tower(embedding: ContentEmbedding, name: str) -> torch.nn.Module:
    if name not in embedding.towers:
        raise SettingError(f"This run saw no {name} of its items. Train one with {name} among its content.")
    return embedding.towers[name]


def _score_of(embedding: ContentEmbedding, name: str, state_D: Tensor) -> Score:
    """inputs [B, ...] of a tower -> what they add to the score [B]."""
    return lambda inputs: embedding.projections[name](embedding.towers[name](inputs)) @ state_D
