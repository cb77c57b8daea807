"""Histories in another order: shuffled entirely, or only among events that share a timestamp.

A model that ignores order, or data in which order carries nothing, gives the same metrics for shuffled histories (Klenitskiy
et al. 2024, "Does It Look Sequential?", RecSys, arXiv:2408.12008, shuffle to judge datasets). Targets, candidates and the
set of past items stay as they are. A model with a window reads its newest events, so a shuffle also changes which these
are.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from recsys.data.interactions import Interactions
from recsys.sequences.split import Targets


def histories_only(targets: Targets) -> Targets:
    """The same targets on a log that holds their histories and nothing else. One target per user."""
    assert len(np.unique(targets.users)) == len(targets), "histories of one user would overlap"
    starts = targets.log.offsets[targets.users]
    changes = np.zeros(len(targets.log) + 1, dtype=np.int64)
    np.add.at(changes, starts, 1)
    np.add.at(changes, targets.ends, -1)
    log = targets.log.keep(np.cumsum(changes)[:-1] > 0)
    return Targets(log, targets.users, targets.items, log.offsets[targets.users + 1])


def shuffle_histories(targets: Targets, rng: np.random.Generator) -> Targets:
    """Shuffle the events of each history, with their ratings. `targets` come from `histories_only`."""
    return _permuted(targets, _starts_user(targets.log), rng)


def shuffle_ties(targets: Targets, rng: np.random.Generator) -> Targets:
    """Shuffle only events of one user at one time. `targets` come from `histories_only`."""
    return _permuted(targets, ~is_tied(targets.log), rng)


def is_tied(log: Interactions) -> np.ndarray:
    """[num_events] bool: whether an event has the time of the same user's event before it."""
    assert log.times is not None
    return ~_starts_user(log) & (np.diff(log.times, prepend=0) == 0)


def _starts_user(log: Interactions) -> np.ndarray:
    return np.diff(log.users, prepend=0) != 0


def _permuted(targets: Targets, starts_group: np.ndarray, rng: np.random.Generator) -> Targets:
    """Permute the events within each group; a group begins where `starts_group` [num_events] is true."""
    log = targets.log
    order = np.lexsort((rng.random(len(log)), np.cumsum(starts_group)))
    ratings = None if log.ratings is None else log.ratings[order]
    return replace(targets, log=replace(log, items=log.items[order], ratings=ratings))
