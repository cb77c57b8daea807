"""Content explanations: contributions of the words and picture regions of the recommended item.

For sequence models whose item vectors are sums of parts (models/inputs/content_embedding.py). The score is the dot
product of the user state and the item vector, so it splits exactly into one product per part (breakdown.py). Words and
regions explain the part of their tower, state . projection(tower(text or picture)). The norm bound of the id part is
held fixed. Shapes: content_embedding.py.
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
from recsys.messages import Message, message
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
MAX_TEXTS, MAX_OTHERS = 20_000, 32  # texts searched for alternative tokens, and alternatives per position
PATCH, STRIDE = 6, 2  # pixels: size of an occluded patch, and distance between patches
ROWS = 128  # pictures or texts encoded at a time


@dataclass(frozen=True)
class TokenValue:
    """Contribution of a token to the item's score."""

    token: Token
    value: float


def why_no_content(model: Recommender) -> Message | None:
    """Reason why scores cannot be split by item content, as a sentence; None if they can."""
    if isinstance(model, SequenceModel) and isinstance(model.item_embedding, ContentEmbedding):
        return None
    if content_embedding(model) is None:
        return message("{model} knows the items only by who chose them.", model=model.title)
    return message(
        "{model} mixes what it sees of an item with other inputs, so its score is no sum of parts.", model=model.title
    )


def token_values(situation: Situation, method: str = "replacement", state_D: Tensor | None = None) -> list[TokenValue]:
    """Compute the contribution of each token of the item's text to its score, in text order; [] without text.

    `replacement` (default): the score less the average score over alternative tokens, weighted by frequency. The
    alternatives follow the same left neighbour somewhere in the catalogue, so a token without alternatives adds nothing
    (input marginalisation: Kim et al. 2020, arXiv:2010.13984, with the catalogue instead of a language model).
    `removal` blanks the token: exact, but real texts have no gaps, and scores of unusual texts mean little.
    `integrated_gradients` (captum) starts from a text without tokens; contributions add up to the difference.

    `state_D` replaces the user state. Raises SettingError for another method or a model without text.
    """
    _check(method, TOKEN_METHODS)
    with _embedding_and_state(situation) as (embedding, user_state_D):
        state_D = user_state_D if state_D is None else state_D
        tower = _tower(embedding, TEXT_PART)
        assert isinstance(tower, TextTower)
        tokens = tokenise(embedding.content.texts[situation.item])
        if not tokens:
            return []
        text_input = TextInput(
            tower, _score_of(embedding, TEXT_PART, state_D), embedding.content.tokens_NT, situation.item, len(tokens)
        )
        values = TOKEN_METHODS[method](text_input)
    return [TokenValue(token, value) for token, value in zip(tokens, values.tolist(), strict=True)]


def picture_map(situation: Situation, method: str = "occlusion", state_D: Tensor | None = None) -> np.ndarray | None:
    """Compute the contribution of each pixel of the item's picture to its score, [S, S] float64; None without picture.

    `occlusion` (Zeiler & Fergus 2014, arXiv:1311.2901; captum) covers patches with the colour of the border and scores
    the picture again; a pixel gets the mean over the patches that cover it. `grad_cam` (Selvaraju et al. 2017,
    arXiv:1610.02391; captum) weighs the maps of the last convolution by their mean gradients and keeps positive values:
    a single pass, but coarse.

    `state_D` as in `token_values`. Raises SettingError for another method or a model without pictures.
    """
    _check(method, PICTURE_METHODS)
    with _embedding_and_state(situation) as (embedding, user_state_D):
        state_D = user_state_D if state_D is None else state_D
        tower = _tower(embedding, PICTURE)
        assert isinstance(tower, PictureTower)
        picture = embedding.content.picture(situation.item)
        if picture is None:
            return None
        picture_13SS = torch.from_numpy(picture.astype("float32"))[None].to(state_D.device)
        values_SS = PICTURE_METHODS[method](tower, _score_of(embedding, PICTURE, state_D), picture_13SS)
    return values_SS.detach().double().cpu().numpy()


Score = Callable[[Tensor], Tensor]


@dataclass(frozen=True, eq=False)
class TextInput:
    """Text of one item as input of its tower: its row of `tokens_NT` has `count` tokens."""

    tower: TextTower
    score: Score
    tokens_NT: Tensor
    item: int
    count: int

    @property
    def codes_T(self) -> Tensor:
        return self.tokens_NT[self.item]

    def scores(self, rows_BT: Tensor) -> Tensor:
        """Score texts in bounded batches, [B] float64 on the CPU."""
        device = self.tower.words.weight.device
        with torch.no_grad():
            return torch.cat([self.score(part.to(device)).double().cpu() for part in rows_BT.split(ROWS)])

    def alternatives(self, position: int) -> tuple[Tensor, Tensor]:
        """Find the most frequent tokens after the same left neighbour, or at the start of a text: (codes, counts)."""
        texts_NT = self.tokens_NT[PAD + 1 :][:: 1 + len(self.tokens_NT) // MAX_TEXTS]
        neighbour_NT = texts_NT[:, :-1] == self.codes_T[position - 1]
        follows = texts_NT[:, 1:][neighbour_NT] if position else texts_NT[:, 0]
        codes, counts = follows[follows != NO_TOKEN].unique(return_counts=True)
        if not len(codes):  # the neighbour occurs in none of the searched texts: no alternative
            return self.codes_T[position : position + 1], torch.ones(1)
        most_frequent = counts.argsort(descending=True, stable=True)[:MAX_OTHERS]
        return codes[most_frequent], counts[most_frequent]

    def with_codes(self, position: int, codes: Tensor) -> Tensor:
        """Replace the token at `position` by each code, [len(codes), T]."""
        rows = self.codes_T.repeat(len(codes), 1)
        rows[:, position] = codes
        return rows


def _replacement(text_input: TextInput) -> Tensor:
    rows, weights = [], []
    for position in range(text_input.count):
        codes, counts = text_input.alternatives(position)
        rows.append(text_input.with_codes(position, codes))
        weights.append(counts.double() / counts.sum())
    scores = text_input.scores(torch.cat([text_input.codes_T[None], *rows]))
    others = scores[1:].split([len(part) for part in rows])
    averages = [part @ weight for part, weight in zip(others, weights, strict=True)]
    return scores[0] - torch.stack(averages)


def _removal(text_input: TextInput) -> Tensor:
    empty = torch.tensor([NO_TOKEN])
    rows = torch.cat(
        [text_input.codes_T[None], *(text_input.with_codes(position, empty) for position in range(text_input.count))]
    )
    scores = text_input.scores(rows)
    return scores[0] - scores[1:]


def _integrated(text_input: TextInput) -> Tensor:
    codes_1T = text_input.codes_T[None].to(text_input.tower.words.weight.device)
    method = LayerIntegratedGradients(text_input.score, text_input.tower.words)
    values_1TE = method.attribute(codes_1T, baselines=torch.full_like(codes_1T, NO_TOKEN), n_steps=STEPS)
    return values_1TE.detach().double().cpu().sum(2)[0, : text_input.count]


def _occlusion(tower: PictureTower, score: Score, picture_13SS: Tensor) -> Tensor:
    border = torch.cat([picture_13SS[..., [0, -1], :].flatten(2), picture_13SS[..., [0, -1]].flatten(2)], dim=2)
    border_colour = border.median(2).values[..., None, None].expand_as(picture_13SS)
    with torch.no_grad():
        attribution = Occlusion(score).attribute(
            picture_13SS,
            (3, PATCH, PATCH),
            strides=(3, STRIDE, STRIDE),
            baselines=border_colour,
            perturbations_per_eval=ROWS,
        )
    return attribution[0, 0]


def _grad_cam(tower: PictureTower, score: Score, picture_13SS: Tensor) -> Tensor:
    attribution = LayerGradCam(score, tower.convolutions[-1]).attribute(picture_13SS, relu_attributions=True)
    return LayerAttribution.interpolate(attribution, tuple(picture_13SS.shape[2:]), "bilinear")[0, 0]


TOKEN_METHODS: dict[str, Callable[[TextInput], Tensor]] = {  # each gives [count] contributions
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
        raise SettingError(
            message("No method {method!r} for content. Choose {methods}.", method=method, methods=" or ".join(methods))
        )


@contextmanager
def _embedding_and_state(situation: Situation) -> Iterator[tuple[ContentEmbedding, Tensor]]:
    """Yield (item embedding, user state_D) with the model locked and gradients on.

    Raises SettingError if scores cannot be split by item content.
    """
    model = situation.model
    if (reason := why_no_content(model)) is not None:
        raise SettingError(
            message("{reason} Choose leave_one_out, which explains by the past, or ablation.", reason=reason)
        )
    assert isinstance(model, SequenceModel) and isinstance(model.item_embedding, ContentEmbedding)
    with lock_of(model), torch.enable_grad():
        with torch.no_grad():
            state_D = model.state(*model.inputs(*situation.scored.inputs()))[0]
        yield model.item_embedding, state_D


def _tower(embedding: ContentEmbedding, name: str) -> torch.nn.Module:
    if name not in embedding.towers:
        raise SettingError(
            message("This model reads no {name} of its items. Train one with {name} in its content.", name=name)
        )
    return embedding.towers[name]


def _score_of(embedding: ContentEmbedding, name: str, state_D: Tensor) -> Score:
    """Return a function from tower inputs [B, ...] to their part of the score [B]."""
    return lambda inputs: embedding.projections[name](embedding.towers[name](inputs)) @ state_D
