"""Shadow models: models with the settings of a run, each trained on a random half of the users (Shokri et al. 2017).

Two shadow models share the users between them, so each pair has one model with and one without every user. They live in
memory only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from recsys.models.base import FittedModel, Recommender
from recsys.runs.record import RunConfig
from recsys.sequences.held_out_users import without_users
from recsys.services.models.attack_twin import epochs_done
from recsys.services.train.planning import plan_on
from recsys.services.train.trainers import passing_trainer
from recsys.services.workspace.open_run import OpenRun
from recsys.training.device import set_threads
from recsys.training.trainer import Stopped, fit

MOST_SHADOWS = 64


@dataclass(frozen=True, eq=False)
class Shadows:
    """Scores of the attacked users by S shadow models and whether each was trained on them, both [S, U]."""

    scores_SU: np.ndarray
    is_in_SU: np.ndarray


def shadow_scores(
    run: OpenRun,
    users: np.ndarray,
    num_shadows: int,
    seed: int,
    score: Callable[[Recommender], np.ndarray],
    should_stop: Callable[[], bool],
    on_share: Callable[[int, float], None],
) -> Shadows:
    """Train `num_shadows` models, an even number, and score the attacked `users` [U] by each with `score`.

    `on_share` is called with (models done, share of the next one's training). A stop keeps the pairs that are done.
    """
    assert num_shadows % 2 == 0, "shadow models come in pairs"
    rng, everyone = np.random.default_rng(seed), np.arange(1, run.dataset.interactions.num_users + 1)
    scores: list[np.ndarray] = []
    is_in: list[np.ndarray] = []
    for number in range(num_shadows):
        if number % 2 == 0:
            half = rng.permutation(everyone)[: len(everyone) // 2]
        left_out = half if number % 2 == 0 else np.setdiff1d(everyone, half)
        try:
            scores.append(score(_trained(run, left_out, number, should_stop, partial(on_share, number))))
        except Stopped:
            break
        is_in.append(~np.isin(users, left_out))
    pairs = len(is_in) // 2 * 2
    shape = (pairs, len(users))
    return Shadows(np.array(scores[:pairs]).reshape(shape), np.array(is_in[:pairs], dtype=bool).reshape(shape))


def _trained(
    run: OpenRun,
    left_out: np.ndarray,
    number: int,
    should_stop: Callable[[], bool],
    on_share: Callable[[float], None],
) -> Recommender:
    """A model of the settings of the run that never saw `left_out`. Raises Stopped."""
    if should_stop():
        raise Stopped
    config, dataset = shadow_config(run, number), run.dataset
    planned = plan_on(replace(dataset, interactions=without_users(dataset.interactions, left_out)), config)
    set_threads(config.options.threads)
    if isinstance(planned.model, FittedModel):
        fit(planned.model, planned.split)
        return planned.model
    for event in passing_trainer(planned, should_stop).run():
        on_share(epochs_done(event, config.settings))
    return planned.model


def shadow_config(run: OpenRun, number: int) -> RunConfig:
    """The config of a shadow model: another seed, the users left out by hand, and the cut of the run."""
    cut = None if run.split.time_cut is None else run.split.time_cut.time
    seed = (run.config.options.seed + 1 + number) % 2**31
    update = {"seed": seed, "held_out_users": 0.0, "cut": cut}
    return run.config.model_copy(update={"options": run.config.options.model_copy(update=update)})
