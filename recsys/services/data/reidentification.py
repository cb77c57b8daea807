"""How few events identify a user: the share of users whom k of their events tell apart from all others.

A measure of pseudonymised data (unicity): k points of a user's history are drawn at random, and the user is unique if nobody
else's history holds all of them. de Montjoye, Hidalgo, Verleysen and Blondel (2013), Unique in the Crowd, Scientific Reports
3, 1376. A point is an item, or an item with the day (UTC) of the event. Counts are exact; users are a sample in large data.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from recsys.data.dataset import Dataset
from recsys.data.interactions import Interactions
from recsys.messages import Message, message

MOST_EVENTS, MOST_USERS = 4, 1000  # k = 1 … MOST_EVENTS, sampled users
DAY = 86_400  # seconds
Z = 1.959964  # of a 95 % interval


@dataclass(frozen=True)
class Uniqueness:
    """Share of users whom `num_events` of their events identify, with its 95 % interval (Wilson).

    Of users with as many different points or more, `num_users` were measured. `with_day`: a point is an item and a day.
    """

    num_events: int
    with_day: bool
    share: float
    interval: tuple[float, float]
    num_users: int


def uniqueness(dataset: Dataset, *, most_users: int = MOST_USERS, seed: int = 1) -> list[Uniqueness]:
    """Uniqueness for 1 to MOST_EVENTS items alone, then, if the dataset has times, for items with their day.

    Leaves out numbers of events that no user has.
    """
    log = dataset.interactions
    measured = []
    for with_day in (False, True):
        if with_day and log.times is None:
            continue
        unique_KU = _unique(log, _points(log, with_day=with_day), most_users, np.random.default_rng(seed))
        for num_events, of_users in enumerate(unique_KU, start=1):
            is_unique = of_users[of_users >= 0]
            if len(is_unique):
                share = float(is_unique.mean())
                interval = wilson(share, len(is_unique))
                measured.append(Uniqueness(num_events, with_day, share, interval, len(is_unique)))
    return measured


def wilson(share: float, count: int) -> tuple[float, float]:
    """95 % interval of a share of `count` draws (Wilson 1927): also sound near 0 and 1."""
    scale = 1 + Z**2 / count
    centre, half = share + Z**2 / (2 * count), Z * np.sqrt(share * (1 - share) / count + Z**2 / (4 * count**2))
    return max(0.0, float((centre - half) / scale)), min(1.0, float((centre + half) / scale))


def headline(measured: list[Uniqueness]) -> Message | None:
    """The largest number of events in a sentence, with the day where there is one; None without a measurement."""
    if not measured:
        return None
    last = measured[-1]
    low, high = math.floor(100 * last.interval[0]) / 100, math.ceil(100 * last.interval[1]) / 100  # never too narrow
    if last.with_day:
        text = message(
            "{count} events with their day identify {share:.0%} of these users (95% interval {low:.0%} to {high:.0%})."
        )
    else:
        text = message("{count} items identify {share:.0%} of these users (95% interval {low:.0%} to {high:.0%}).")
    return text.format(count=last.num_events, share=last.share, low=low, high=high)


def _points(log: Interactions, *, with_day: bool) -> np.ndarray:
    """[num_events] number of the point of each event."""
    if not with_day:
        return log.items
    assert log.times is not None
    days = log.times // DAY
    return np.asarray((days - days.min()) * (log.num_items + 1) + log.items)


def _unique(log: Interactions, points: np.ndarray, most_users: int, rng: np.random.Generator) -> np.ndarray:
    """[MOST_EVENTS, sampled users] 1 where the first k drawn points are nobody else's, 0 where they are, -1 for too few."""
    codes, names = pd.factorize(points)
    pairs = pd.unique(log.users * len(names) + codes)  # of user and point, each once, in the order of users
    users, codes = pairs // len(names), pairs % len(names)
    users_by_point = users[np.argsort(codes, kind="stable")]
    of_point = np.concatenate([[0], np.cumsum(np.bincount(codes, minlength=len(names)))])
    of_user = np.searchsorted(users, np.arange(log.num_users + 2))
    sample = rng.permutation(np.arange(1, log.num_users + 1))[:most_users]
    unique_KU = np.full((MOST_EVENTS, len(sample)), -1)
    for column, user in enumerate(sample):
        drawn = rng.permutation(codes[of_user[user] : of_user[user + 1]])[:MOST_EVENTS]
        alike = users_by_point[of_point[drawn[0]] : of_point[drawn[0] + 1]]
        for row, point in enumerate(drawn):
            alike = _in_both(alike, users_by_point[of_point[point] : of_point[point + 1]])
            unique_KU[row, column] = len(alike) == 1
    return unique_KU


def _in_both(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """What two ascending arrays share; the time grows with the shorter one."""
    short, long = sorted((first, second), key=len)
    places = np.searchsorted(long, short)
    return short[long[np.minimum(places, len(long) - 1)] == short]
