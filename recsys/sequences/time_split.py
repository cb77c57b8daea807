"""Global time split: one cut in time for all users. Models learn from events before it and are tested on later ones.

The "temporal global" strategy of Meng et al. (2020), "Exploring data splitting strategies for the evaluation of
recommendation models", RecSys, arXiv:2007.13237. Unlike leave-one-out it never trains on events that happen after those
it predicts (Ji et al. 2023, arXiv:2010.11060). A second, earlier cut separates training from validation in the same way,
so that choices are made under the same protocol (Gusak et al. 2025, "Time to Split", arXiv:2507.16289).

Targets: the first event of each user at or after the cut. One target per user, as in leave-one-out, so that users count
equally, and the first one, because the history of a later one would hold events after the cut. The price: the first event
after a cut follows a longer pause than usual (Gusak et al. 2025). The history of a test target is all of the user's events
before the cut; models are fitted on those before the validation cut and not refitted.

Events at exactly the time of a cut lie after it. Users without an event before a cut are cold-start users: they are
targets of `TimeCut.cold_users`, apart from the others. Items without a training event are cold-start items; their
targets stay, and a model of ids misses them. Tables of users and items have no times and count as available at the cut.
Interactions without times are refused.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime

import numpy as np

from recsys.data.interactions import Interactions
from recsys.errors import SettingError
from recsys.messages import message
from recsys.sequences.relevance import check_threshold, is_liked
from recsys.sequences.split import Split, Targets, TimeCut, targets_at

HELD_OUT_SHARE = 0.1  # of the events, after the default cut; do not change: stored runs depend on it
EARLIEST, LATEST = -62_135_596_800, 253_402_300_799  # the years 1 to 9999, in seconds since 1970


def time_split(
    log: Interactions, cut: int | None = None, share: float = HELD_OUT_SHARE, liked_from: float | None = None
) -> Split:
    """Split at `cut`, in seconds since 1970; None: at `default_cut`, with `share` of the events after it.

    The validation cut leaves `share` of the events before the cut for validation, so it depends on no later event. With
    a cut after all events there is no test target. With `liked_from` a first event that is rated less is no target.
    Raises SettingError for interactions without times, and where no event is left to train on.
    """
    check_threshold(log, liked_from)
    if log.times is None:
        text = message(
            "A time split needs the time of each event, and this dataset has none. Import data with a time column, or "
            "leave split_by at leave_one_out."
        )
        raise SettingError(text, column="split_by")
    cut = default_cut(log.times, share) if cut is None else cut
    is_before = log.times < cut
    validation_cut = default_cut(log.times[is_before], share) if is_before.any() else cut
    is_training = log.times < validation_cut
    if not is_training.any():
        text = message(
            "No event is left to train on: of {events:,} events, {before:,} lie before the cut {cut}, and those before it are "
            "split once more for validation. Choose a later cut; times go from {first} to {last}."
        )
        raise SettingError(
            text.format(
                events=len(log), before=int(is_before.sum()), cut=iso(cut), first=iso(log.times.min()),
                last=iso(log.times.max()),
            ),
            column="cut",
        )  # fmt: skip
    test_starts, ends = first_from(log, cut), log.offsets[1:]
    validation, _ = _targets_between(log, first_from(log, validation_cut), test_starts, liked_from)
    test, cold_users = _targets_between(log, test_starts, ends, liked_from)
    nothing = np.empty(0, dtype=np.int64)
    return Split(
        log=log,
        train=log.keep(is_training),
        validation=validation,
        test=test,
        cold=targets_at(log, nothing),
        cold_items=nothing,
        liked_from=liked_from,
        time_cut=TimeCut(cut, validation_cut, log.keep(is_before), cold_users),
    )


def default_cut(times: np.ndarray, share: float = HELD_OUT_SHARE) -> int:
    """Latest time with at least `share` of the events at or after it; more where events share that time."""
    return int(np.sort(times)[len(times) - math.ceil(share * len(times))])


def _targets_between(
    log: Interactions, starts: np.ndarray, ends: np.ndarray, liked_from: float | None
) -> tuple[Targets, Targets]:
    """The events at `starts` of the users with events from there to `ends`: (with earlier events, without)."""
    is_warm, has_target = starts > log.offsets[:-1], starts < ends
    has_target[has_target] = is_liked(log, liked_from)[starts[has_target]]
    return targets_at(log, starts[has_target & is_warm]), targets_at(log, starts[has_target & ~is_warm])


def first_from(log: Interactions, cut: int) -> np.ndarray:
    """[num_users + 1] position of the first event of each user at or after `cut`, or where the user's events end."""
    assert log.times is not None
    return log.offsets[:-1] + np.bincount(log.users[log.times < cut], minlength=log.num_users + 1)


def iso(time: int) -> str:
    """A time in seconds since 1970 as an ISO date in UTC: the day alone if it is midnight."""
    moment = datetime.fromtimestamp(min(max(int(time), EARLIEST), LATEST), UTC)
    return moment.date().isoformat() if time % 86_400 == 0 else moment.isoformat()[:19]


def parse_cut(text: str) -> int:
    """Seconds since 1970 of an ISO date, UTC without a time zone, or of a whole number. Raises ValueError."""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(
            message("{text!r} is no time: write a date like 2024-05-31, or seconds since 1970", text=text[:40])
        ) from None
    return math.floor((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
