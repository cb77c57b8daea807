"""What will be liked: which events are targets, counted by hand on small logs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recsys.data.interactions import PAD, Interactions
from recsys.errors import SettingError
from recsys.sequences.batches import sequence_batches, training_windows
from recsys.sequences.relevance import check_threshold, in_words, is_liked, thresholds, usual_threshold
from recsys.sequences.split import Targets, leave_one_out
from tests.worlds.logs import log_of


def rated(log: Interactions, *ratings: float) -> Interactions:
    return replace(log, ratings=np.array(ratings, dtype=np.float32))


LOG = rated(
    log_of([1, 2, 3, 4, 5], [2, 3, 4, 1], [5, 4, 3], [1, 2]),
    5, 1, 4, 5, 2,
    3, 4, 2, 4,
    1, 5, 5,
    4, 1,
)  # fmt: skip


def asked(targets: Targets) -> list[tuple[int, list[int], int]]:
    rows = range(len(targets))
    return [(int(targets.users[row]), targets.history(row).tolist(), int(targets.items[row])) for row in rows]


def test_without_a_threshold_every_event_is_a_target() -> None:
    split = leave_one_out(LOG)
    assert is_liked(LOG, None).all()
    assert split.positives is split.train
    assert split.evaluated_users.tolist() == split.test.users.tolist() == [1, 2, 3]


def test_only_liked_events_are_asked_for_and_the_places_stay() -> None:
    split = leave_one_out(LOG, liked_from=4)
    assert asked(split.validation) == [(1, [1, 2, 3], 4), (3, [5], 4)]  # user 2's was rated 2
    assert asked(split.test) == [(2, [2, 3, 4], 1), (3, [5, 4], 3)]  # user 1's was rated 2
    assert split.evaluated_users.tolist() == [1, 2, 3]


def test_all_training_events_are_read_and_the_liked_ones_may_be_suggested() -> None:
    split = leave_one_out(LOG, liked_from=4)
    assert split.train.items.tolist() == leave_one_out(LOG).train.items.tolist() == [1, 2, 3, 2, 3, 5, 1, 2]
    assert split.positives.items.tolist() == [1, 3, 3, 1]
    assert split.positives.users.tolist() == [1, 1, 2, 4]


def test_events_of_held_out_items_are_asked_for_where_they_were_liked() -> None:
    every, liked = leave_one_out(LOG, 0.4), leave_one_out(LOG, 0.4, 4)
    assert liked.cold_items.tolist() == every.cold_items.tolist()
    was_liked = LOG.ratings[every.cold.ends] >= 4
    assert 0 < was_liked.sum() < len(every.cold)
    assert liked.cold.ends.tolist() == every.cold.ends[was_liked].tolist()
    both = set(liked.validation.ends) & set(every.validation.ends)
    assert both == set(liked.validation.ends)


def test_an_event_that_was_not_liked_is_read_and_is_no_target() -> None:
    windows = training_windows(LOG, max_length=9, liked_from=4)
    (batch,) = sequence_batches(windows, 9, np.random.default_rng(0))
    rows = {tuple(row): target for row, target in zip(batch.items_BL.tolist(), batch.targets_BL.tolist(), strict=True)}
    assert rows == {
        (1, 2, 3, 4): [PAD, 3, 4, PAD],
        (PAD, 2, 3, 4): [PAD, 3, PAD, 1],
        (PAD, PAD, 5, 4): [PAD, PAD, 4, 3],
    }  # user 4's second event was not liked: nothing to learn from
    assert batch.num_targets == windows.num_targets == 6


@pytest.mark.parametrize("max_length", [1, 2, 3, 9])
def test_every_liked_event_but_a_users_first_is_a_target_once(max_length: int) -> None:
    windows = training_windows(LOG, max_length, liked_from=4)
    batches = list(sequence_batches(windows, 2, np.random.default_rng(1)))
    found = np.concatenate([batch.targets_BL.numpy().ravel() for batch in batches])
    assert sorted(found[found != PAD].tolist()) == [1, 3, 3, 3, 4, 4]
    assert windows.num_targets == 6
    assert all(batch.num_targets for batch in batches)


@pytest.mark.parametrize(
    ("ratings", "liked_from", "words"),
    [
        (None, 4, "this dataset has no ratings"),
        (
            [1, 2, 5],
            6,
            "nothing is liked: the ratings of this dataset go from 1 to 5. Choose a number above 1, at most 5",
        ),
        ([1, 2, 5], 1, "everything is liked"),
        ([1, 2, 5], 0.5, "everything is liked"),
        ([3, 3, 3], 3, "go from 3 to 3. Leave liked_from out"),
    ],
)
def test_a_threshold_that_tells_nothing_apart_is_refused(
    ratings: list[float] | None, liked_from: float, words: str
) -> None:
    log = log_of([1, 2], [3])
    log = log if ratings is None else rated(log, *ratings)
    for refuse in (check_threshold, lambda log, value: leave_one_out(log, liked_from=value)):
        with pytest.raises(SettingError) as caught:
            refuse(log, liked_from)
        assert words in caught.value.message
        assert caught.value.column == "liked_from"


def test_thresholds_are_the_ratings_as_they_were_written_and_tell_apart_to_the_bit() -> None:
    log = rated(log_of([1, 2, 3], [1]), 4.4, 0.1, 3.3, 4.3)
    assert thresholds(log) == (3.3, 4.3, 4.4)
    assert usual_threshold(log, thresholds(log)) == 4.3
    assert is_liked(log, 4.4).tolist() == [True, False, False, False]
    assert in_words(4.0) == "rated 4 or more"
