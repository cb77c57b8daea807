"""Faithfulness of explanations, by deletion and insertion tests.

Deletion and insertion curves (RISE: Petsiuk et al. 2018, arXiv:1806.07421; for recommenders LXR: Barkan et al. 2024,
"A counterfactual framework for learning and evaluating explanations for recommender systems"): parts are removed from
the history, or added to an empty one, by decreasing signed contribution. The parts are the events of the window; no
older event moves in, so both curves run between the whole window and the empty history. For a pair model the parts are
its fields, absent ones being unknown. Equal contributions are ordered at random with a fixed seed, so ties gain
nothing. Refuses models without events and fields. Shapes: S + 1 points of a curve, P parts, R random orders.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from math import factorial
from typing import Literal

import numpy as np

from recsys.errors import SettingError
from recsys.explain.explanation import EventContribution, Explanation
from recsys.explain.methods.path import path_of
from recsys.explain.quantity import explained_quantity
from recsys.explain.questions.agreement import rank_correlation
from recsys.explain.questions.contrast import both
from recsys.explain.rescoring import rescored
from recsys.explain.situation import Situation
from recsys.explain.words.sentence import NOISE
from recsys.messages import message
from recsys.models.base import PairModel, Recommender

Verdict = Literal["holds", "weak", "does not hold", "cannot be judged"]

STEPS, ORDERS, SEED = 10, 20, 20_240_501
ALL_ORDERS = 5  # up to this many parts, all orders are used: their sets are few
ENOUGH_ORDERS = 20  # with fewer, the best order is chance in more than one case of twenty
BEATEN, MAX_GAP = 0.95, 0.05
TIE = 1e-3  # relative to the unit: closer areas are equal
ROUNDING = 1e-6  # relative to the largest value: numerical error of a model


@dataclass(frozen=True, eq=False)
class Reference:
    """Curves of random orders, shared by all explanations of one situation.

    `kept_S` is the number of parts present at each point, from 0 to P. `curves_RS` is the explained quantity with the
    first `kept_S` parts of each random order. The reverse of a random order is also random, so the same curves serve
    insertion (read forwards) and deletion (read backwards).
    """

    kept_S: np.ndarray
    curves_RS: np.ndarray

    @property
    def num_parts(self) -> int:
        return int(self.kept_S[-1])

    @property
    def empty(self) -> float:
        return float(self.curves_RS[0, 0])

    @property
    def whole(self) -> float:
        return float(self.curves_RS[0, -1])

    @property
    def unit(self) -> float:
        """Range of the values along the random orders, including the whole and the empty history."""
        return float(np.ptp(self.curves_RS))

    def area(self, curve_S: np.ndarray) -> float:
        """Compute the area under a curve over the share of present parts, relative to the empty history and in units.

        Trapezoidal rule. 0 if only the last part changes the value, about 1 if the first part gives the full value, .5
        if all parts add the same. Papers divide by whole - empty; a history that hardly changes the value would then
        dominate a mean.
        """
        if self.unit == 0:
            return 0.0
        shares_S = self.kept_S / max(self.num_parts, 1)
        return float((np.trapezoid(curve_S, shares_S) - self.empty) / self.unit)

    @property
    def areas_R(self) -> np.ndarray:
        return np.array([self.area(curve_S) for curve_S in self.curves_RS])


@dataclass(frozen=True, eq=False)
class Faithfulness:
    """Faithfulness of one explanation.

    `order_P` are the parts, strongest first. `deletion` and `insertion` are areas (`Reference.area`): low deletion and high insertion are good. `deletion_S` and
    `insertion_S` are the curves of the explained quantity. `deletion_beaten` and `insertion_beaten` are the shares of
    random orders that do no better. `matters`: whether the value changes beyond noise.

    `spearman` is the rank correlation with the exact removals; None for these themselves, for too few parts and for
    constant contributions. `gap` is the completeness gap, None if the method has none.
    """

    method: str
    verdict: Verdict
    reference: Reference
    order_P: np.ndarray
    matters: bool
    deletion_S: np.ndarray
    insertion_S: np.ndarray
    deletion: float
    insertion: float
    deletion_beaten: float
    insertion_beaten: float
    spearman: float | None
    gap: float | None

    @property
    def random(self) -> float:
        """Mean area of the random orders."""
        return float(self.reference.areas_R.mean())


def reference_of(situation: Situation) -> Reference:
    """Compute the curves of ORDERS random orders, or of all orders for up to ALL_ORDERS parts.

    Raises SettingError for a model without events and fields.
    """
    count = num_parts(situation)
    if not can_be_judged(situation.model):
        raise SettingError(
            message(
                "{model} reads no past events, so no explanation of its lists can be judged.",
                model=situation.model.title,
            )
        )
    kept_S = np.unique(np.linspace(0, count, STEPS + 1).round().astype(np.int64))
    if count <= ALL_ORDERS:
        orders_RP = np.array(list(itertools.permutations(range(count))), dtype=np.int64).reshape(
            factorial(count), count
        )
    else:
        rng = np.random.default_rng([SEED, situation.item, *situation.window.tolist()])
        orders_RP = np.stack([rng.permutation(count) for _ in range(ORDERS)])
    return Reference(kept_S, _curves(situation, orders_RP, kept_S))


def faithfulness(
    situation: Situation, explanation: Explanation, exact: Explanation, reference: Reference
) -> Faithfulness:
    """Test an explanation; `exact` is the one by exact removals, `reference` comes from `reference_of`."""
    contributions_P = contributions_of(situation, explanation)
    order_P = strongest_first(contributions_P)
    insertion_S, reverse_deletion_S = _curves(situation, np.stack([order_P, order_P[::-1]]), reference.kept_S)
    deletion, insertion = reference.area(reverse_deletion_S), reference.area(insertion_S)
    deletion_beaten = float((reference.areas_R >= deletion - TIE).mean())
    insertion_beaten = float((reference.areas_R <= insertion + TIE).mean())
    is_exact, matters = explanation.method == exact.method, reference.unit > noise_threshold(situation, reference)
    return Faithfulness(
        method=explanation.method,
        verdict=verdict(
            deletion_beaten,
            insertion_beaten,
            explanation.completeness_gap,
            num_parts=reference.num_parts,
            num_orders=len(reference.curves_RS),
            matters=matters,
        ),
        reference=reference,
        order_P=order_P,
        matters=matters,
        deletion_S=reverse_deletion_S[::-1],
        insertion_S=insertion_S,
        deletion=deletion,
        insertion=insertion,
        deletion_beaten=deletion_beaten,
        insertion_beaten=insertion_beaten,
        spearman=None if is_exact else rank_correlation(contributions_P, contributions_of(situation, exact)),
        gap=explanation.completeness_gap,
    )


def verdict(
    deletion_beaten: float,
    insertion_beaten: float,
    gap: float | None,
    *,
    num_parts: int,
    num_orders: int,
    matters: bool,
) -> Verdict:
    """Decide the verdict from the test results.

    Three criteria: at most 5 % of the random orders do better at deletion, at most 5 % at insertion, and the gap, if
    there is one, is under 5 %. An explanation holds if it meets all three and is weak if it fails exactly one. Equally
    good orders count for the explanation: if one of ten events matters, a tenth of all orders puts it first.

    If removing everything changes nothing beyond noise, no part is a reason, and the explanation does not hold. With 1
    to 3 parts there are 1, 2 or 6 orders, so the best one may be chance: the explanation cannot be judged. Neither can
    that of an empty history.
    """
    if num_parts == 0:
        return "cannot be judged"
    if not matters:
        return "does not hold"
    if num_orders < ENOUGH_ORDERS:
        return "cannot be judged"
    fails = [deletion_beaten < BEATEN, insertion_beaten < BEATEN, gap is not None and gap >= MAX_GAP]
    return ("holds", "weak")[sum(fails)] if sum(fails) < 2 else "does not hold"


def noise_threshold(situation: Situation, reference: Reference) -> float:
    """Smallest change of the value that exceeds noise."""
    noise = NOISE if explained_quantity(situation).is_log_odds else 0.0
    return max(noise, ROUNDING * float(np.abs(reference.curves_RS).max()))


def can_be_judged(model: Recommender) -> bool:
    """Whether the model has events or fields to remove."""
    return isinstance(model, PairModel) or model.window != 0


def num_parts(situation: Situation) -> int:
    return len(situation.model.fields) if isinstance(situation.model, PairModel) else situation.num_window


def contributions_of(situation: Situation, explanation: Explanation) -> np.ndarray:
    """Collect contributions [P] in the order of the window's events, or of the fields."""
    contributions_P = np.zeros(num_parts(situation))
    for part in explanation.contributions:
        if isinstance(part, EventContribution):
            contributions_P[part.position - situation.positions.start] = part.value
        else:
            assert isinstance(situation.model, PairModel)
            contributions_P[situation.model.fields.index(part.feature)] = part.value
    return contributions_P


def strongest_first(contributions_P: np.ndarray) -> np.ndarray:
    """Sort parts by decreasing contribution, ties shuffled with a fixed seed: indices [P]."""
    shuffled_P = np.random.default_rng(SEED).permutation(len(contributions_P))
    return shuffled_P[np.argsort(-contributions_P[shuffled_P], kind="stable")]


def _curves(situation: Situation, orders_RP: np.ndarray, kept_S: np.ndarray) -> np.ndarray:
    """Compute the curves of several orders, [R, S]; sets that orders share are scored once."""
    positions_RP = np.argsort(orders_RP, axis=1)
    present_RSP = positions_RP[:, None, :] < kept_S[None, :, None]
    sets_BP, set_of_point = np.unique(
        present_RSP.reshape(len(orders_RP) * len(kept_S), -1), axis=0, return_inverse=True
    )
    return _values(situation, sets_BP)[set_of_point.reshape(-1)].reshape(len(orders_RP), len(kept_S))


def _values(situation: Situation, present_BP: np.ndarray) -> np.ndarray:
    """Compute the explained quantity for sets of parts, [B]."""
    if not isinstance(situation.model, PairModel):
        start = situation.positions.start
        return rescored(situation, [start + np.flatnonzero(row) for row in present_BP])
    if situation.against is not None:
        first, other = both(situation)
        return _values(first, present_BP) - _values(other, present_BP)
    return path_of(situation).with_fields(present_BP)
