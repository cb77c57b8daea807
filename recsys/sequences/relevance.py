"""Relevance threshold: only events with a rating of at least `liked_from` count as liked, and as targets.

SettingError is raised for a threshold that does not separate events: there are no ratings, or none or all reach it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recsys.data.interactions import Interactions
from recsys.errors import SettingError
from recsys.messages import NO_TEXT, Message, message

MAX_THRESHOLDS = 20
USUAL = 0.75  # default threshold, as a share of the rating scale


def is_liked(log: Interactions, liked_from: float | None) -> np.ndarray:
    """[num_events] bool: the events rated `liked_from` or more; all of them if it is None."""
    if liked_from is None:
        return np.ones(len(log), dtype=bool)
    assert log.ratings is not None, "checked where it was asked for"
    return log.ratings >= np.float32(liked_from)


def check_threshold(log: Interactions, liked_from: float | None) -> None:
    """Raise SettingError if `liked_from` does not separate the events; None is always valid."""
    reason = NO_TEXT if liked_from is None else why_not(log, liked_from)
    if reason:
        raise SettingError(reason, column="liked_from")


def why_not(log: Interactions, liked_from: float) -> Message:
    """Why this threshold does not separate the events, and what to do; "" if it does."""
    if log.ratings is None:
        return message(
            "liked_from = {liked_from:g} needs ratings, and this dataset has no ratings. "
            "Import data with a rating column, or leave liked_from out.",
            liked_from=liked_from,
        )
    low, high = log.ratings.min(), log.ratings.max()
    if low < np.float32(liked_from) <= high:
        return NO_TEXT
    nothing = message(
        "With liked_from = {liked_from:g} nothing is liked: the ratings of this dataset go from {low:g} to {high:g}."
    )
    everything = message(
        "With liked_from = {liked_from:g} everything is liked: the ratings of this dataset go from {low:g} to {high:g}."
    )
    fault = nothing if np.float32(liked_from) > high else everything
    advice = (
        message("Choose a number above {low:g}, at most {high:g}.", low=float(low), high=float(high))
        if low < high
        else message("Leave liked_from out.")
    )
    fault = fault.format(liked_from=liked_from, low=float(low), high=float(high))
    return message("{fault} {advice}", fault=fault, advice=advice)


def in_words(liked_from: float) -> Message:
    return message("rated {liked_from:g} or more", liked_from=liked_from)


def thresholds(log: Interactions) -> tuple[float, ...]:
    """Possible thresholds, lowest first: at most MAX_THRESHOLDS of the ratings that occur, without the lowest.

    Empty if no threshold separates the events.
    """
    ratings = log.ratings
    if ratings is None:
        return ()
    values = np.unique(ratings)
    if len(values) > MAX_THRESHOLDS + 1:
        values = np.unique(np.quantile(ratings, np.linspace(0, 1, MAX_THRESHOLDS + 1), method="higher"))
    return tuple(float(str(value)) for value in values[values > ratings.min()])  # 4.4 instead of 4.400000095367432


def usual_threshold(log: Interactions, choices: Sequence[float]) -> float | None:
    """The default: the first of `thresholds` at USUAL of the way from the lowest rating to the highest threshold.

    That is 4 for ratings from 1 to 5. None if there are no thresholds.
    """
    if log.ratings is None or not choices:
        return None
    lowest = float(log.ratings.min())
    return next(value for value in choices if value >= lowest + USUAL * (choices[-1] - lowest))
