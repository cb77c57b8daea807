"""Data leakage of leave-one-out: how much a model could learn from events later than those it is tested on.

After Ji et al. (2023), "A critical study on data leakage in recommender system offline evaluation", ACM TOIS 41(3),
arXiv:2010.11060: leave-one-out ignores the global timeline, so the test event of one user may lie before training events
of others, and a model may recommend items that did not exist yet. These are properties of the interactions, not of a
model. The thresholds of the levels are a convention of this project.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from recsys.sequences.split import Split

Level = Literal["little", "some", "strong"]
SOME, STRONG = 0.05, 0.25  # mean share of the training events that lie after a test event
SOME_ITEMS, STRONG_ITEMS = 0.005, 0.05  # share of the test items that first occur in training after the test event
PERIOD = (0.05, 0.95)  # quantiles of the times between which the test period lies


@dataclass(frozen=True)
class Leakage:
    """`later`: mean share of the training events that lie after a test event; `later_median`: its median over users.

    `future_items`: share of the test items that occur in training, but only after the test event. `period`: length of the
    test period, which has 90 % of the test events, as a share of the time from the first to the last event. `overlap`:
    share of the training events within the test period. All from 0 to 1.
    """

    later: float
    later_median: float
    future_items: float
    period: float
    overlap: float

    @property
    def level(self) -> Level:
        if self.later >= STRONG or self.future_items >= STRONG_ITEMS:
            return "strong"
        return "some" if self.later >= SOME or self.future_items >= SOME_ITEMS else "little"


def leakage(split: Split) -> Leakage | None:
    """Measure the leakage of a split; None without times or test targets. Events at the same time do not count as later."""
    train, test = split.train, split.test
    if split.log.times is None or train.times is None or not len(test):
        return None
    test_times, train_times = split.log.times[test.ends], np.sort(train.times)
    later = 1 - np.searchsorted(train_times, test_times, side="right") / len(train_times)
    first_times = np.full(train.num_items + 1, np.iinfo(np.int64).max)
    np.minimum.at(first_times, train.items, train.times)
    is_future = (train.item_counts[test.items] > 0) & (first_times[test.items] > test_times)
    begin, end = np.quantile(test_times, PERIOD)
    span = split.log.times.max() - split.log.times.min()
    return Leakage(
        later=float(later.mean()),
        later_median=float(np.median(later)),
        future_items=float(is_future.mean()),
        period=float((end - begin) / span) if span else 0.0,
        overlap=float(((train.times >= begin) & (train.times <= end)).mean()),
    )
