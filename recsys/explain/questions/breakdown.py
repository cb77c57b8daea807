"""One recommendation, one budget: the explained quantity split over where it comes from, so that it adds up.

The sources are the past events together, what is known of the user, and what the recommended item is (its text, picture,
category, price, and who chose it); or the fields of a pair model. Each gets its Shapley value (Shapley 1953; Lundberg &
Lee 2017, arXiv:1705.07874), found exactly: the model is asked with every set of sources, an absent one being
an empty history, a user without known features, or what the other candidates are on average. What is left with all
of them absent is what anyone would get: popularity. Refuses nothing. Shapes: base.py; P sources.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import comb

import numpy as np
import torch
from torch import Tensor

from recsys.data.interactions import UNKNOWN_USER
from recsys.explain.quantity import MARGIN, explained_quantity, values
from recsys.explain.questions.contrast import both
from recsys.explain.situation import Situation
from recsys.models.base import PairModel, SequenceModel
from recsys.models.inputs.content_embedding import ContentEmbedding, content_embedding
from recsys.models.inputs.fields import ITEM, item_field
from recsys.sequences.batches import left_pad, left_pad_ratings

EVENTS, USER, POPULARITY, USER_FEATURES = "events", "user", "popularity", "user features"
MAX_SOURCES = 12  # of a pair model: 4,096 questions; from there on what is known of the user is one source


@dataclass(frozen=True)
class Source:
    """`name` is EVENTS, USER, POPULARITY, a part of an item vector ("id", "text" …) or a field of a pair model
    (models/fields.py), where the parts of the item vector are "item.id", "item.text" …"""

    name: str
    value: float


@dataclass(frozen=True)
class ScoreBreakdown:
    """`start` + the sources + `residual` = `value`, the explained quantity.

    `start` is the log-odds of an average item among the candidates where the quantity is a margin, else 0. The
    residual is what rounding leaves.
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
    """The sources in the order in which they are told: popularity, the user, the events, then what the item is."""
    breakdown = _of_pair(situation) if isinstance(situation.model, PairModel) else _of_history(situation)
    quantity = explained_quantity(situation).name
    others = int(situation.allowed_N.sum()) - 1
    start = -float(np.log(others)) if quantity == MARGIN.name else 0.0
    value = float(values(situation, situation.scores_1N)[0])
    sources = [Source(POPULARITY, breakdown.pop(POPULARITY) - start)]
    return ScoreBreakdown(quantity, start, value, (*sources, *(Source(name, part) for name, part in breakdown.items())))


def largest_source(breakdown: ScoreBreakdown) -> Source | None:
    """The source that lifts the item most, the first of equal ones; None where no source lifts it.

    The one rule for what a headline names, for the sentence over the breakdown and for what replaces an unfaithful reason.
    """
    largest = max(breakdown.sources, key=lambda source: source.value)
    return largest if largest.value > 0 else None


def exact_shapley(table: np.ndarray) -> list[float]:
    """One value for each of the P axes of `table` [2, …, 2]: the quantity by which sources are there (1) or not (0)."""
    shapley_values = []
    for player in range(table.ndim):
        gains = table.take(1, player) - table.take(0, player)
        with_others = np.indices(gains.shape).sum(0) if gains.ndim else np.zeros(())
        weights = np.vectorize(lambda size: 1 / (table.ndim * comb(table.ndim - 1, int(size))))(with_others)
        shapley_values.append(float((gains * weights).sum()))
    return shapley_values


def _of_history(situation: Situation) -> dict[str, float]:
    """Each part of the item's vector adds state . part, whatever the other parts are: its value is found among the
    events, the user and itself, and theirs are the sums over these small games."""
    players = [EVENTS] if situation.num_window else []
    players = [USER, *players] if _knows_user(situation) else players
    coalitions = [_with(situation, players, there) for there in itertools.product((0, 1), repeat=len(players))]
    beyond_S = _content(coalitions)

    def table(values_S: np.ndarray) -> np.ndarray:
        return values_S.reshape([2] * len(players))

    plain = table(_values(coalitions) - sum(beyond_S.values(), np.zeros(len(coalitions))))
    sources = {POPULARITY: float(plain.flat[0])}
    sources |= dict(zip(players, exact_shapley(plain), strict=True))
    for part, values_S in beyond_S.items():
        part_values = table(values_S)
        *shared, alone = exact_shapley(np.stack([np.zeros_like(part_values), part_values], axis=-1))
        sources[part] = alone
        for player, value in zip(players, shared, strict=True):
            sources[player] += value
    return sources


def _knows_user(situation: Situation) -> bool:
    """Whether the model tells this user from one of whom nothing is known."""
    if situation.user == UNKNOWN_USER:
        return False
    model = situation.model
    if isinstance(model, SequenceModel):
        if model.user_embedding is None:
            return False
        known_D, unknown_D = model.user_embedding(torch.tensor([situation.user, UNKNOWN_USER], device=model.device))
        return not torch.equal(known_D, unknown_D)
    stranger = replace(situation, user=UNKNOWN_USER)
    return not torch.equal(stranger.scores_1N, situation.scores_1N)


def _with(situation: Situation, players: Sequence[str], there: Sequence[int]) -> Situation:
    absent = {player for player, is_there in zip(players, there, strict=True) if not is_there}
    if USER in absent:
        situation = replace(situation, user=UNKNOWN_USER)
    return replace(situation, history=situation.history[:0], ratings=None) if EVENTS in absent else situation


def _values(asked: Sequence[Situation]) -> np.ndarray:
    """[S] float64: the explained quantity for each set of sources, scored in one batch."""
    one = asked[-1]
    histories, users = [each.history for each in asked], [each.user for each in asked]
    scores_SN = one.model.scores(histories, users, [each.ratings for each in asked])
    one.check_finite(scores_SN)
    return values(one, scores_SN).double().numpy()


def _content(asked: Sequence[Situation]) -> dict[str, np.ndarray]:
    """[S] by part of the item's vector: what it adds to the score beyond the average candidate's, or the other item's, for
    each set of sources."""
    model = asked[-1].model
    if not isinstance(model, SequenceModel) or not isinstance(model.item_embedding, ContentEmbedding):
        return {}
    items_SL = left_pad([one.window for one in asked])
    rated = [None if one.ratings is None else one.ratings[one.positions.start :] for one in asked]
    tensors = (items_SL, torch.tensor([one.user for one in asked]), left_pad_ratings(rated, items_SL.shape[1]))
    states_SD = model.state(*model.inputs(*(tensor.to(model.device) for tensor in tensors))).double()
    parts = {}
    for name, part_ND in model.item_embedding.parts().items():
        beyond_D = part_ND[asked[-1].item].double() - _compared(asked[-1], part_ND)
        parts[name] = (states_SD @ beyond_D).cpu().numpy()
    return parts


def _compared(situation: Situation, part_ND: Tensor) -> Tensor:
    if situation.against is not None:
        return part_ND[situation.against].double()
    others_N = situation.allowed_N.copy()
    others_N[situation.item] = False
    return part_ND[torch.from_numpy(others_N).to(part_ND.device)].mean(0, dtype=torch.float64)


def _of_pair(situation: Situation) -> dict[str, float]:
    if situation.against is not None:
        first, other = (_of_pair(each) for each in both(situation))
        return {name: value - other[name] for name, value in first.items()}
    players, unknown = _players(situation)
    there_SP = np.array(list(itertools.product((0, 1), repeat=len(players))))
    fields = {field for pieces in players.values() for field, _ in pieces}
    embedded = [
        sum((_chosen(there_SP[:, p], players[name], unknown[name], field) for p, name in enumerate(players)), torch.zeros(()))
        for field in sorted(fields)
    ]  # fmt: skip
    model = situation.model
    assert isinstance(model, PairModel)
    logits = model.logit([part.to(model.device) for part in embedded]).double().cpu().numpy()
    table = logits.reshape([2] * len(players))
    return {POPULARITY: float(table.flat[0]), **dict(zip(players, exact_shapley(table), strict=True))}


Pieces = dict[str, list[tuple[int, Tensor]]]  # by source: (field, what it adds to that field [1, D])


def _players(situation: Situation) -> tuple[Pieces, Pieces]:
    """(what each source adds to the fields, what it adds where it is absent); both sum up to the embedded fields."""
    model = situation.model
    assert isinstance(model, PairModel)
    users_1, items_1 = (torch.tensor([index], device=model.device) for index in (situation.user, situation.item))
    here, absent = model.embed_pairs(users_1, items_1), model.baseline()
    names, item_place = list(model.fields), model.fields.index(ITEM)
    if len(names) > MAX_SOURCES:
        names[1:item_place] = [USER_FEATURES] * (item_place - 1)
    players: Pieces = {}
    unknown: Pieces = {}
    for field, name in enumerate(names):
        players.setdefault(name, []).append((field, here[field]))
        unknown.setdefault(name, []).append((field, absent[field]))
    content = content_embedding(model)
    if content is not None:
        del players[ITEM], unknown[ITEM]
        for name, part_ND in content.parts().items():
            players.setdefault(item_field(name), []).append((item_place, part_ND[items_1]))
            unknown.setdefault(item_field(name), []).append((item_place, part_ND[1:].mean(0, keepdim=True)))
    return players, unknown


def _chosen(
    is_there_S: np.ndarray, here: list[tuple[int, Tensor]], absent: list[tuple[int, Tensor]], field: int
) -> Tensor:
    """[S, D] what one source adds to `field` for each set of sources."""
    is_there_S1 = torch.from_numpy(is_there_S)[:, None]
    parts = [
        torch.where(is_there_S1.to(piece.device) == 1, piece, other)
        for (at, piece), (_, other) in zip(here, absent, strict=True)
        if at == field
    ]
    return torch.stack(parts).sum(0) if parts else torch.zeros(())
