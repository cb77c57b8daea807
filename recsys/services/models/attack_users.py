"""Users of a membership attack: members and non-members drawn at random, alike in their number of events."""

from __future__ import annotations

import bisect
from dataclasses import dataclass

import numpy as np

from recsys.errors import RunError
from recsys.messages import message
from recsys.sequences.held_out_users import as_trained
from recsys.sequences.relevance import is_liked
from recsys.sequences.split import Targets, targets_at
from recsys.services.workspace.open_run import OpenRun

EVENTS = 20  # newest training events of a user that are attacked
FEWEST = 2  # members and non-members
SEED = 20_261_201  # not that of the held-out users: the halves of the shadow models must not follow them


@dataclass(frozen=True, eq=False)
class Attacked:
    """The attacked users [U], members first, and the events by which they are judged, as targets."""

    users: np.ndarray
    is_member: np.ndarray
    targets: Targets

    @property
    def num_events(self) -> np.ndarray:
        """[U] number of targets of each user."""
        return np.bincount(self.targets.users, minlength=self.targets.log.num_users + 1)[self.users]


def draw_users(run: OpenRun, num_users: int, among: np.ndarray | None = None) -> Attacked:
    """Draw members and non-members, half of `num_users` each or as many as there are; `among` these users, else all.

    A user's targets are the newest training events after the first; for a non-member those that training would have used.
    Raises RunError with too few users.
    """
    events, split = as_trained(run.dataset.interactions, run.split), run.split
    has_history = np.diff(events.users, prepend=0) == 0
    targets = _newest(targets_at(events, np.flatnonzero(has_history & is_liked(events, split.liked_from))))
    able = np.unique(targets.users)
    able = able if among is None else np.intersect1d(able, among)
    is_out = np.isin(able, split.held_out_users)
    num_others, num_members = int(is_out.sum()), int((~is_out).sum())
    num = min(num_users // 2, num_others, num_members)
    if num < FEWEST:
        text = message(
            "Found {members} users in training and {others} held-out users with at least 2 training events; an attack "
            "needs {least} of each. Hold out more users, or import more."
        )
        raise RunError(text.format(members=num_members, others=num_others, least=FEWEST))
    rng = np.random.default_rng(SEED)
    others = np.sort(rng.permutation(able[is_out])[:num])
    members = np.sort(paired(rng.permutation(able[~is_out]), others, np.diff(events.offsets)))
    users = np.concatenate([members, others])
    targets = targets.take(np.flatnonzero(np.isin(targets.users, users)))
    return Attacked(users, np.repeat([True, False], num), targets)


def _newest(targets: Targets) -> Targets:
    """The newest EVENTS targets of each user."""
    ends = np.cumsum(np.bincount(targets.users, minlength=targets.log.num_users + 1))
    return targets.take(np.flatnonzero(ends[targets.users] - np.arange(len(targets)) <= EVENTS))


def paired(members: np.ndarray, others: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """For each of `others` the member, of those not taken yet, whose number of events is nearest; ties in their order.

    `lengths` holds the number of events of each user.
    """
    pool = members[np.argsort(lengths[members], kind="stable")].tolist()
    keys, chosen = [int(lengths[user]) for user in pool], []
    for length in lengths[others].tolist():
        at = bisect.bisect_left(keys, length)
        if at == len(keys) or (at and length - keys[at - 1] < keys[at] - length):
            at -= 1
        chosen.append(pool.pop(at))
        keys.pop(at)
    return np.array(chosen, dtype=np.int64)
