"""Shapley values: what each input adds on average when inputs come in one by one, in every order or in many.

Sampled orders after Castro et al. (2009), "Polynomial calculation of the Shapley value based on sampling", with
captum's ShapleyValueSampling; each sampled order is followed by its reverse, which costs no more and errs less
(antithetic sampling: Mitchell et al. 2022, arXiv:2104.12199). Every order adds up to value - baseline, and so does
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

Game = Callable[[np.ndarray], np.ndarray]  # [B, P] bool, who is there -> [B] float64, the explained quantity

SETS = 10_000  # the model is asked about at most, by all orders together
MOST_ORDERS, FEWEST_ORDERS = 128, 4
SEED = 0
ROWS = 64  # sets asked about together


def shapley(situation: Situation) -> Explanation:
    """Contributions and features add up to value - baseline.

    The players are the events of the window: those that are not there never happened, the rest closes up, and no older
    event comes in. What a sequence model knows of who asks is a player, too, so the baseline is an empty history of
    a user without known features. What any other model knows of the user stays as it is, in the baseline as well.
    The players of a pair model are its fields, which are put back to `model.baseline()`.

    Refuses, with SettingError, a model that looks at nothing.
    """
    model = situation.model
    game: Game
    if isinstance(model, PairModel):
        game, num_players = path_of(situation).with_some, len(model.fields)
    elif model.window == 0:
        raise SettingError(no_events(model.title, has_fields=False))
    else:
        game, num_players = _events(situation), situation.num_window + (situation.features_name is not None)
    baseline, value = game(np.array([[False], [True]]).repeat(num_players, axis=1)).tolist()
    shares = shapley_values(game, num_players).tolist() if num_players else []
    return answer(situation, "shapley", shares, value, baseline, adds_up=True)


def shapley_values(game: Game, num_players: int) -> np.ndarray:
    """[P]: exact where there are few enough orders to go through all of them, else from sampled ones."""
    worth: dict[bytes, float] = {}  # a small set comes up in many orders

    def forward(there_BP: Tensor) -> Tensor:
        sets_BP = there_BP.numpy() > 0
        keys = [row.tobytes() for row in sets_BP]
        new = {key: row for key, row in zip(keys, sets_BP, strict=True) if key not in worth}
        if new:
            worth.update(zip(new, game(np.stack(list(new.values()))).tolist(), strict=True))
        return torch.tensor([worth[key] for key in keys], dtype=torch.float64)

    sampling = ShapleyValueSampling(forward)
    sampling.permutation_generator = orders  # captum's own draws from the generator that all threads share
    values_1P = sampling.attribute(
        torch.ones(1, num_players), baselines=0, n_samples=num_orders(num_players), perturbations_per_eval=ROWS
    )
    return values_1P[0].double().numpy()


def num_orders(num_players: int) -> int:
    """Fewer for a long history, so that the time does not grow with its square; an even number."""
    if math.factorial(min(num_players, 10)) <= MOST_ORDERS:
        return math.factorial(num_players)
    return int(np.clip(SETS // num_players // 2 * 2, FEWEST_ORDERS, MOST_ORDERS))


def orders(num_players: int, num_samples: int) -> Iterator[list[int]]:
    """All orders where `num_samples` is as many, else random ones, each followed by its reverse."""
    if math.factorial(min(num_players, 10)) == num_samples:
        yield from map(list, permutations(range(num_players)))
        return
    rng = np.random.default_rng(SEED)
    for _ in range(num_samples // 2):
        order = rng.permutation(num_players).tolist()
        yield from (order, order[::-1])


def _events(situation: Situation) -> Game:
    positions = np.array(situation.positions, dtype=np.int64)
    num_features = int(situation.features_name is not None)

    def game(there_BP: np.ndarray) -> np.ndarray:
        kept = [positions[row] for row in there_BP[:, num_features:]]
        users = [situation.user if all(row) else UNKNOWN_USER for row in there_BP[:, :num_features]]
        return rescored(situation, kept, users).values_B

    return game
