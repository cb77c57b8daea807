"""Shapley values of past events or fields: exact for few inputs, else from sampled orders.

A Shapley value is the average change when an input is added, over the orders of adding all inputs. Orders are sampled
after Castro et al. (2009), "Polynomial calculation of the Shapley value based on sampling", with captum's
ShapleyValueSampling. Each sampled order is followed by its reverse, which reduces the error at no cost (antithetic
sampling: Mitchell et al. 2022, arXiv:2104.12199). Contributions of every order add up to value - baseline, and so does
their mean. Shapes: P players, B sets of them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import permutations

import numpy as np
import torch
from captum.attr import ShapleyValueSampling
from torch import Tensor

from recsys.data.interactions import UNKNOWN_USER
from recsys.errors import SettingError
from recsys.explain.answer import answer
from recsys.explain.explanation import Explanation
from recsys.explain.methods.leave_one_out import no_events
from recsys.explain.methods.path import path_of
from recsys.explain.rescoring import rescored
from recsys.explain.situation import Situation
from recsys.models.base import PairModel

Game = Callable[[np.ndarray], np.ndarray]  # [B, P] bool sets of players -> [B] float64, the explained quantity

SETS = 10_000  # most sets evaluated, over all orders
MOST_ORDERS, FEWEST_ORDERS = 128, 4
SEED = 0
ROWS = 64  # sets evaluated at a time


def shapley(situation: Situation) -> Explanation:
    """Compute Shapley values; contributions and features add up to value - baseline.

    The players are the events of the window. Absent events leave no gap, and no older event moves in. The user features
    of a sequence model are one player, so the baseline is an empty history of an unknown user. Other models keep the
    user in the baseline. The players of a pair model are its fields; absent fields take `model.baseline()`.

    Raises SettingError for a model without inputs.
    """
    model = situation.model
    game: Game
    if isinstance(model, PairModel):
        game, num_players = path_of(situation).with_fields, len(model.fields)
    elif model.window == 0:
        raise SettingError(no_events(model.title, has_fields=False))
    else:
        game, num_players = _event_game(situation), situation.num_window + (situation.features_name is not None)
    baseline, value = game(np.array([[False], [True]]).repeat(num_players, axis=1)).tolist()
    shares = shapley_values(game, num_players).tolist() if num_players else []
    return answer(situation, "shapley", shares, value, baseline, adds_up=True)


def shapley_values(game: Game, num_players: int) -> np.ndarray:
    """Compute Shapley values [P]: exact if all orders can be enumerated, else from sampled orders."""
    set_values: dict[bytes, float] = {}  # small sets occur in many orders

    def forward(present_BP: Tensor) -> Tensor:
        sets_BP = present_BP.numpy() > 0
        keys = [row.tobytes() for row in sets_BP]
        new = {key: row for key, row in zip(keys, sets_BP, strict=True) if key not in set_values}
        if new:
            set_values.update(zip(new, game(np.stack(list(new.values()))).tolist(), strict=True))
        return torch.tensor([set_values[key] for key in keys], dtype=torch.float64)

    sampling = ShapleyValueSampling(forward)
    sampling.permutation_generator = orders  # captum's default uses a generator shared by all threads
    values_1P = sampling.attribute(
        torch.ones(1, num_players), baselines=0, n_samples=num_orders(num_players), perturbations_per_eval=ROWS
    )
    return values_1P[0].double().numpy()


def num_orders(num_players: int) -> int:
    """Number of orders: all if few enough, else even and decreasing with length, so that time is not quadratic."""
    if math.factorial(min(num_players, 10)) <= MOST_ORDERS:
        return math.factorial(num_players)
    return int(np.clip(SETS // num_players // 2 * 2, FEWEST_ORDERS, MOST_ORDERS))


def orders(num_players: int, num_samples: int) -> Iterator[list[int]]:
    """Yield all orders if `num_samples` is their number, else random ones, each followed by its reverse."""
    if math.factorial(min(num_players, 10)) == num_samples:
        yield from map(list, permutations(range(num_players)))
        return
    rng = np.random.default_rng(SEED)
    for _ in range(num_samples // 2):
        order = rng.permutation(num_players).tolist()
        yield from (order, order[::-1])


def _event_game(situation: Situation) -> Game:
    positions = np.array(situation.positions, dtype=np.int64)
    num_features = int(situation.features_name is not None)

    def game(present_BP: np.ndarray) -> np.ndarray:
        subsets = [positions[row] for row in present_BP[:, num_features:]]
        users = [situation.user if all(row) else UNKNOWN_USER for row in present_BP[:, :num_features]]
        return rescored(situation, subsets, users)

    return game
