"""Does an explanation hold? Its events are removed and put back in its order, and the model is asked each time.

Deletion and insertion curves (RISE: Petsiuk et al. 2018, arXiv:1806.07421; for recommenders LXR: Barkan et al. 2024,
"A counterfactual framework for learning and evaluating explanations for recommender systems"): what speaks most for the
item by the signed contributions is removed first, or comes first into an empty history. Only the events of the window
take part, nothing older comes in, so both curves run between the whole window and the empty history; for a pair model
its fields take part, an absent one being unknown. Contributions that are equal stand in a shuffled order, by seed: a tie
gains nothing. Refuses models that read neither events nor fields. Shapes: S + 1 points of a curve, P parts, R random orders.
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
from recsys.models.base import PairModel, Recommender

Verdict = Literal["holds", "weak", "does not hold", "cannot be judged"]

STEPS, ORDERS, SEED = 10, 20, 20_240_501
ALL_ORDERS = 5  # up to so many parts every order is tried: their sets are few
ENOUGH_ORDERS = 20  # with fewer, the best of all orders could be luck in more than one case of twenty
BEATEN, MAX_GAP = 0.95, 0.05
TIE = 1e-3  # of the unit: areas that are closer are equal
ROUNDING = 1e-6  # of the largest value: what a model's arithmetic leaves


@dataclass(frozen=True, eq=False)
class Reference:
    """What all explanations of one situation are measured by, made once for all of them.

    `kept_S` is how many of the P parts are there at each point, none at first and all at last; `curves_RS` the
    explained quantity with the first so many parts of each random order. An order read backwards is a random order, too:
    the same curves serve insertion (read forwards) and deletion (the parts that are removed last are there first).
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
        """The largest value less the smallest one along the random orders, whose ends are the whole and the empty history."""
        return float(np.ptp(self.curves_RS))

    def area(self, curve_S: np.ndarray) -> float:
        """The mean of the curve over the share of parts that are there (trapezoids), less the empty history's value, in units.

        0 where the value is that of an empty history until the last part is there, about 1 where it is that of the whole
        one from the first part on, .5 for parts that all add the same. Dividing by whole - empty, as papers do, would
        let a history that hardly changes the value outweigh all others in a mean.
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
    """How an explanation did. `deletion` and `insertion` are areas (`Reference.area`): a low and a high one are good.

    The curves are the explained quantity while parts are removed, or put back. `matters`: whether anything changes beyond
    noise. `deletion_beaten` and `insertion_beaten`
    are the shares of random orders that do no better. `spearman` is the rank correlation with the exact removals, None for
    these themselves and where either says the same of all parts; `gap` the completeness gap, None where the method has none.
    """

    method: str
    verdict: Verdict
    reference: Reference
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
        """The mean area of the random orders."""
        return float(self.reference.areas_R.mean())


def reference_of(situation: Situation) -> Reference:
    """Asks the model with the first parts of ORDERS random orders, or of every order where ALL_ORDERS parts are there or fewer.

    Raises SettingError for a model that reads neither events nor fields.
    """
    count = num_parts(situation)
    if not can_be_judged(situation.model):
        raise SettingError(
            f"{situation.model.title} reads no past events, so no explanation of its lists can be judged."
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
    """Judges an explanation of `situation`; `exact` is that by exact removals, `reference` comes from `reference_of`."""
    given_P = contributions_of(situation, explanation)
    order_P = strongest_first(given_P)
    insertion_S, left_S = _curves(situation, np.stack([order_P, order_P[::-1]]), reference.kept_S)
    deletion, insertion = reference.area(left_S), reference.area(insertion_S)
    deletion_beaten = float((reference.areas_R >= deletion - TIE).mean())
    insertion_beaten = float((reference.areas_R <= insertion + TIE).mean())
    is_exact, matters = explanation.method == exact.method, reference.unit > least(situation, reference)
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
        matters=matters,
        deletion_S=left_S[::-1],
        insertion_S=insertion_S,
        deletion=deletion,
        insertion=insertion,
        deletion_beaten=deletion_beaten,
        insertion_beaten=insertion_beaten,
        spearman=None if is_exact else rank_correlation(given_P, contributions_of(situation, exact)),
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
    """Holds where at most 5 % of the random orders do better at deletion, at most 5 % at insertion, and the gap, where
    there is one, is under 5 %; weak where exactly one of these fails. Orders that do equally well count for the
    explanation: of ten events of which one alone matters, a tenth of all orders names it first.

    Where taking everything away changes nothing beyond noise, no part is a reason: it does not hold. With 1 to 3 parts
    there are 1, 2 or 6 orders, and the best of them could be luck: beyond noise they cannot be judged. An empty history
    neither.
    """
    if num_parts == 0:
        return "cannot be judged"
    if not matters:
        return "does not hold"
    if num_orders < ENOUGH_ORDERS:
        return "cannot be judged"
    fails = [deletion_beaten < BEATEN, insertion_beaten < BEATEN, gap is not None and gap >= MAX_GAP]
    return ("holds", "weak")[sum(fails)] if sum(fails) < 2 else "does not hold"


def least(situation: Situation, reference: Reference) -> float:
    """What the value must change by, at least, for the past to matter."""
    noise = NOISE if explained_quantity(situation).is_log_odds else 0.0
    return max(noise, ROUNDING * float(np.abs(reference.curves_RS).max()))


def can_be_judged(model: Recommender) -> bool:
    """Whether there are events or fields to remove."""
    return isinstance(model, PairModel) or model.window != 0


def num_parts(situation: Situation) -> int:
    return len(situation.model.fields) if isinstance(situation.model, PairModel) else situation.num_window


def contributions_of(situation: Situation, explanation: Explanation) -> np.ndarray:
    """[P] in the order of the window's events, or of the fields."""
    found_P = np.zeros(num_parts(situation))
    for part in explanation.contributions:
        if isinstance(part, EventContribution):
            found_P[part.position - situation.positions.start] = part.value
        else:
            assert isinstance(situation.model, PairModel)
            found_P[situation.model.fields.index(part.feature)] = part.value
    return found_P


def strongest_first(contributions_P: np.ndarray) -> np.ndarray:
    """[P] places, those that speak most for the item first."""
    shuffled_P = np.random.default_rng(SEED).permutation(len(contributions_P))
    return shuffled_P[np.argsort(-contributions_P[shuffled_P], kind="stable")]


def _curves(situation: Situation, orders_RP: np.ndarray, kept_S: np.ndarray) -> np.ndarray:
    """[R, S] the explained quantity with the first parts of each order; what two of them share is asked once."""
    places_RP = np.argsort(orders_RP, axis=1)
    there_RSP = places_RP[:, None, :] < kept_S[None, :, None]
    sets_BP, which = np.unique(there_RSP.reshape(len(orders_RP) * len(kept_S), -1), axis=0, return_inverse=True)
    return _values(situation, sets_BP)[which.reshape(-1)].reshape(len(orders_RP), len(kept_S))


def _values(situation: Situation, there_BP: np.ndarray) -> np.ndarray:
    """[B] the explained quantity with these parts alone."""
    if not isinstance(situation.model, PairModel):
        start = situation.positions.start
        return rescored(situation, [start + np.flatnonzero(row) for row in there_BP]).values_B
    if situation.against is not None:
        first, other = both(situation)
        return _values(first, there_BP) - _values(other, there_BP)
    return path_of(situation).with_some(there_BP)
