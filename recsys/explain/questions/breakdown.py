"""Score breakdown: the explained quantity of a recommendation split exactly into its sources.

The sources are the past events together, the user features, and the parts of the item vector (text, picture, category,
price, id); or the fields of a pair model. Each gets its Shapley value (Shapley 1953; Lundberg & Lee 2017,
arXiv:1705.07874), computed exactly from all sets of sources. An absent source is an empty history, a user without
features, or the average of the other candidates. The quantity with all sources absent is the source "popularity".
Shapes: base.py; P sources, S sets of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from math import comb

import numpy as np
import torch
from torch import Tensor

from recsys.data.interactions import UNKNOWN_USER
from recsys.errors import RecsysError
from recsys.explain.quantity import MARGIN, explained_quantity, values
from recsys.explain.questions.contrast import both
from recsys.explain.scored_history import ScoredHistory
from recsys.explain.situation import NOT_FINITE, Situation
from recsys.models.base import PairModel, SequenceModel
from recsys.models.inputs.content_embedding import ContentEmbedding, content_embedding
from recsys.models.inputs.fields import ITEM, item_field

EVENTS, USER, POPULARITY, USER_FEATURES = "events", "user", "popularity", "user features"
MAX_SOURCES = 12  # of a pair model: 4,096 sets; with more, the user features are one source


@dataclass(frozen=True)
class Source:
    """One source of a score breakdown.

    `name` is EVENTS, USER, POPULARITY, a part of an item vector ("id", "text" …) or a field of a pair model
    (models/inputs/fields.py), where the parts of the item vector are "item.id", "item.text" …
    """

    name: str
    value: float


@dataclass(frozen=True)
class ScoreBreakdown:
    """Score breakdown: `start` + the sources + `residual` = `value`, the explained quantity.

    `start` is the log-odds of an average item among the candidates if the quantity is a margin, else 0. The residual
    is rounding error.
    """

    quantity: str
    start: float
    value: float
    sources: tuple[Source, ...]

    @property
    def residual(self) -> float:
        return self.value - self.start - sum(source.value for source in self.sources)


@torch.inference_mode()
def compute_breakdown(situation: Situation) -> ScoreBreakdown:
    """Compute the score breakdown, ordered as popularity, user features, events, item content."""
    breakdown = _of_pair(situation) if isinstance(situation.model, PairModel) else _of_history(situation)
    quantity = explained_quantity(situation).name
    others = int(situation.allowed_N.sum()) - 1
    start = -float(np.log(others)) if quantity == MARGIN.name else 0.0
    value = float(values(situation, situation.scores_1N)[0])
    sources = [Source(POPULARITY, breakdown.pop(POPULARITY) - start)]
    return ScoreBreakdown(quantity, start, value, (*sources, *(Source(name, part) for name, part in breakdown.items())))


def largest_source(breakdown: ScoreBreakdown) -> Source | None:
    """Select the source with the largest positive value, the first of ties; None if no source is positive.

    Headlines, the sentence above the breakdown and replacements of unfaithful reasons all use this rule.
    """
    largest = max(breakdown.sources, key=lambda source: source.value)
    return largest if largest.value > 0 else None


def exact_shapley(table: np.ndarray) -> list[float]:
    """Compute exact Shapley values [P] from `table` [2, …, 2], the quantity by presence (1) or absence (0) per axis."""
    shapley_values = []
    for player in range(table.ndim):
        gains = table.take(1, player) - table.take(0, player)
        with_others = np.indices(gains.shape).sum(0) if gains.ndim else np.zeros(())
        weights = np.vectorize(lambda size: 1 / (table.ndim * comb(table.ndim - 1, int(size))))(with_others)
        shapley_values.append(float((gains * weights).sum()))
    return shapley_values


def _of_history(situation: Situation) -> dict[str, float]:
    """Compute the sources of a model that reads histories.

    A part of the item vector adds state . part to the score, independent of the other parts. So its Shapley value
    needs only a game of events, user and this part; the values of events and user are sums over these games.
    """
    players = [EVENTS] if situation.num_window else []
    players = [USER, *players] if _knows_user(situation) else players
    subsets = itertools.product((0, 1), repeat=len(players))
    coalitions = [_without_absent(situation, players, present) for present in subsets]
    content_S = _content(situation, coalitions)

    def table(values_S: np.ndarray) -> np.ndarray:
        return values_S.reshape([2] * len(players))

    shared_table = table(_values(situation, coalitions) - sum(content_S.values(), np.zeros(len(coalitions))))
    sources = {POPULARITY: float(shared_table.flat[0])}
    sources |= dict(zip(players, exact_shapley(shared_table), strict=True))
    for part, values_S in content_S.items():
        part_values = table(values_S)
        *shared, part_value = exact_shapley(np.stack([np.zeros_like(part_values), part_values], axis=-1))
        sources[part] = part_value
        for player, value in zip(players, shared, strict=True):
            sources[player] += value
    return sources


def _knows_user(situation: Situation) -> bool:
    """Whether the model distinguishes this user from an unknown one."""
    if situation.user == UNKNOWN_USER:
        return False
    model = situation.model
    if isinstance(model, SequenceModel):
        if model.user_embedding is None:
            return False
        known_D, unknown_D = model.user_embedding(torch.tensor([situation.user, UNKNOWN_USER], device=model.device))
        return not torch.equal(known_D, unknown_D)
    return not torch.equal(situation.scored.without(user=True).scores_1N, situation.scores_1N)


def _without_absent(situation: Situation, players: Sequence[str], present: Sequence[int]) -> ScoredHistory:
    absent = {player for player, is_present in zip(players, present, strict=True) if not is_present}
    return situation.scored.without(events=EVENTS in absent, user=USER in absent)


def _values(situation: Situation, coalitions: Sequence[ScoredHistory]) -> np.ndarray:
    """Compute the explained quantity for each set of sources, [S] float64."""
    scores_SN = torch.cat([part.scores_1N for part in coalitions])
    situation.check_finite(scores_SN)
    return values(situation, scores_SN).double().numpy()


def _content(situation: Situation, coalitions: Sequence[ScoredHistory]) -> dict[str, np.ndarray]:
    """Compute the score of each part of the item vector relative to its reference, [S] per part.

    The reference is the average candidate, or the other item of a contrastive explanation.
    """
    model = situation.model
    if not isinstance(model, SequenceModel) or not isinstance(model.item_embedding, ContentEmbedding):
        return {}
    states_SD = torch.cat([part.state_1D for part in coalitions]).double()
    parts = {}
    for name, part_ND in model.item_embedding.parts().items():
        difference_D = part_ND[situation.item].double() - _reference(situation, part_ND)
        parts[name] = (states_SD @ difference_D).cpu().numpy()
    return parts


def _reference(situation: Situation, part_ND: Tensor) -> Tensor:
    if situation.against is not None:
        return part_ND[situation.against].double()
    others_N = situation.allowed_N.copy()
    others_N[situation.item] = False
    return part_ND[torch.from_numpy(others_N).to(part_ND.device)].mean(0, dtype=torch.float64)


def _of_pair(situation: Situation) -> dict[str, float]:
    if situation.against is not None:
        first, other = (_of_pair(single) for single in both(situation))
        return {name: value - other[name] for name, value in first.items()}
    players, unknown = _players(situation)
    present_SP = np.array(list(itertools.product((0, 1), repeat=len(players))))
    fields = {field for pieces in players.values() for field, _ in pieces}
    embedded = [
        sum(
            (_field_summand(present_SP[:, p], players[name], unknown[name], field) for p, name in enumerate(players)),
            torch.zeros(()),
        )
        for field in sorted(fields)
    ]
    model = situation.model
    assert isinstance(model, PairModel)
    logits = model.logit([part.to(model.device) for part in embedded]).double().cpu().numpy()
    if not np.isfinite(logits).all():
        raise RecsysError(NOT_FINITE)
    table = logits.reshape([2] * len(players))
    return {POPULARITY: float(table.flat[0]), **dict(zip(players, exact_shapley(table), strict=True))}


Pieces = dict[str, list[tuple[int, Tensor]]]  # by source: (field, its summand of that field's embedding [1, D])


def _players(situation: Situation) -> tuple[Pieces, Pieces]:
    """Split field embeddings by source: (summands if present, summands if absent)."""
    model = situation.model
    assert isinstance(model, PairModel)
    users_1, items_1 = (torch.tensor([index], device=model.device) for index in (situation.user, situation.item))
    embedded, baseline = model.embed_pairs(users_1, items_1), model.baseline()
    names, item_field_index = list(model.fields), model.fields.index(ITEM)
    if len(names) > MAX_SOURCES:
        names[1:item_field_index] = [USER_FEATURES] * (item_field_index - 1)
    players: Pieces = {}
    unknown: Pieces = {}
    for field, name in enumerate(names):
        players.setdefault(name, []).append((field, embedded[field]))
        unknown.setdefault(name, []).append((field, baseline[field]))
    content = content_embedding(model)
    if content is not None:
        del players[ITEM], unknown[ITEM]
        for name, part_ND in content.parts().items():
            players.setdefault(item_field(name), []).append((item_field_index, part_ND[items_1]))
            unknown.setdefault(item_field(name), []).append((item_field_index, part_ND[1:].mean(0, keepdim=True)))
    return players, unknown


def _field_summand(
    is_present_S: np.ndarray, present: list[tuple[int, Tensor]], absent: list[tuple[int, Tensor]], field: int
) -> Tensor:
    """Sum the summands of one source in `field` for each set of sources, [S, D]."""
    is_present_S1 = torch.from_numpy(is_present_S)[:, None]
    parts = [
        torch.where(is_present_S1.to(piece.device) == 1, piece, other)
        for (piece_field, piece), (_, other) in zip(present, absent, strict=True)
        if piece_field == field
    ]
    return torch.stack(parts).sum(0) if parts else torch.zeros(())
