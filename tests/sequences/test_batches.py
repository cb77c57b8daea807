from collections import Counter

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from recsys.data.interactions import PAD
from recsys.sequences.batches import left_pad, left_pad_ratings, sequence_batches, split_by_targets, training_windows
from tests.worlds.logs import log_of, rated

HISTORIES = st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=25), min_size=1, max_size=6)


def arrays(*histories):
    return [np.array(history, dtype=np.int64) for history in histories]


def stretches(windows):
    return [windows.log.items[s:e].tolist() for s, e in zip(windows.starts, windows.ends, strict=True)]


def test_padding_stands_on_the_left_and_the_newest_item_last():
    assert left_pad(arrays([1, 2, 3], [4])).tolist() == [[1, 2, 3], [PAD, PAD, 4]]


def test_only_the_newest_items_are_kept():
    assert left_pad(arrays([1, 2, 3], [4]), max_length=2).tolist() == [[2, 3], [PAD, 4]]


def test_a_batch_is_no_wider_than_its_longest_history():
    assert left_pad(arrays([1, 2], [3]), max_length=50).shape == (2, 2)


def test_an_empty_history_is_one_padding():
    assert left_pad(arrays([], [])).tolist() == [[PAD], [PAD]]


def test_a_padded_batch_holds_whole_numbers_also_without_histories():
    assert left_pad([]).shape == (0, 1)
    assert left_pad([]).dtype == left_pad(arrays([1])).dtype == torch.int64


def test_a_short_history_is_one_window():
    assert stretches(training_windows(log_of([1, 2, 3]), max_length=5)) == [[1, 2, 3]]


def test_a_long_history_is_cut_from_its_newest_end():
    # two inputs a window: (6 -> 7, 8), (4 -> 5, 6), (2 -> 3, 4) and the rest (1 -> 2)
    windows = training_windows(log_of([1, 2, 3, 4, 5, 6, 7, 8]), max_length=2)
    assert stretches(windows) == [[6, 7, 8], [4, 5, 6], [2, 3, 4], [1, 2]]


def test_a_single_event_gives_no_window():
    assert len(training_windows(log_of([1], [2]), max_length=5)) == 0


@given(HISTORIES, st.integers(1, 7))
def test_every_event_but_a_users_first_is_a_target_exactly_once(histories, max_length):
    log = log_of(*histories, num_items=9)
    windows = training_windows(log, max_length)
    met = Counter(place for s, e in zip(windows.starts, windows.ends, strict=True) for place in range(s + 1, e))
    firsts = set(log.offsets[1:-1].tolist())
    assert met == Counter(place for place in range(len(log)) if place not in firsts)
    assert windows.num_targets == len(log) - len(histories)


@given(HISTORIES, st.integers(1, 7))
def test_no_window_crosses_into_another_user_or_is_too_long(histories, max_length):
    log = log_of(*histories, num_items=9)
    windows = training_windows(log, max_length)
    for start, end in zip(windows.starts, windows.ends, strict=True):
        assert len(set(log.users[start:end].tolist())) == 1
        assert 2 <= end - start <= max_length + 1


@settings(max_examples=30, deadline=None)
@given(HISTORIES, st.integers(1, 4), st.integers(0, 9))
def test_each_window_comes_once_an_epoch(histories, batch_size, seed):
    windows = training_windows(log_of(*histories, num_items=9), max_length=6)
    told = Counter()
    for batch in sequence_batches(windows, batch_size, np.random.default_rng(seed)):
        for inputs, targets in zip(batch.items_BL.tolist(), batch.targets_BL.tolist(), strict=True):
            kept = [i for i in inputs if i != PAD]
            told[(*kept, targets[-1])] += 1
    assert told == Counter(tuple(stretch) for stretch in stretches(windows))


@settings(max_examples=30, deadline=None)
@given(HISTORIES, st.integers(1, 4), st.integers(0, 9))
def test_the_targets_of_a_batch_differ_from_the_mean_by_less_than_those_of_one_window(histories, batch_size, seed):
    windows = training_windows(log_of(*histories, num_items=9), max_length=6)
    if not len(windows):
        return
    mean = windows.num_targets / -(-len(windows) // batch_size)
    for rows in split_by_targets(windows, batch_size, np.random.default_rng(seed)):
        assert abs(windows.take(rows).num_targets - mean) < windows.targets_each.max() + 1


def test_short_histories_share_large_batches_and_long_ones_small():
    # 12 windows of 1 target and 3 of 4 targets: 24 targets in ceil(15 / 8) = 2 batches of 12
    windows = training_windows(log_of(*[[1, 2]] * 12, *[[1, 2, 3, 4, 5]] * 3), max_length=9)
    rows = split_by_targets(windows, 8, np.random.default_rng(0))
    assert [len(r) for r in rows] == [12, 3]
    assert [windows.take(r).num_targets for r in rows] == [12, 12]


def test_a_batch_knows_what_a_user_had_before_a_later_window():
    batch = training_windows(log_of([1, 2, 3, 4, 5], [6, 7]), max_length=2).batch()
    assert batch.items_BL.tolist() == [[3, 4], [1, 2], [PAD, 6]]
    assert batch.earlier_BE.tolist() == [[1, 2], [PAD, PAD], [PAD, PAD]]
    assert training_windows(log_of([1, 2, 3]), max_length=2).batch().earlier_BE is None


def test_a_target_is_what_followed_its_input():
    windows = training_windows(log_of([1, 2, 3, 4], [5, 6]), max_length=9)
    (batch,) = sequence_batches(windows, 2, np.random.default_rng(0))
    order = batch.items_BL[:, -1].argsort()
    assert batch.items_BL[order].tolist() == [[1, 2, 3], [PAD, PAD, 5]]
    assert batch.targets_BL[order].tolist() == [[2, 3, 4], [PAD, PAD, 6]]
    assert batch.num_targets == 4


def test_a_batch_knows_whose_its_rows_are_and_which_begin_with_a_users_first_event():
    batch = training_windows(log_of([1, 2, 3, 4, 5], [6, 7]), max_length=2).batch()
    assert batch.items_BL.tolist() == [[3, 4], [1, 2], [PAD, 6]]
    assert batch.users_B.tolist() == [1, 1, 2]
    assert batch.firsts_B.tolist() == [PAD, 1, 6]


def batches_of(seed):
    windows = training_windows(log_of(*([u, u + 1, u + 2] for u in range(1, 20))), max_length=9)
    return [batch.items_BL.tolist() for batch in sequence_batches(windows, 4, np.random.default_rng(seed))]


def test_the_same_seed_gives_the_same_batches():
    assert batches_of(7) == batches_of(7)


def test_another_seed_gives_other_batches():
    assert batches_of(7) != batches_of(8)


def test_ratings_are_padded_like_the_items_beside_them():
    given = [np.array([1, 2, 3], dtype=np.float32), None, np.array([4], dtype=np.float32), np.array([], np.float32)]
    found = left_pad_ratings(given, 2).nan_to_num(-1)
    assert found.tolist() == [[2, 3], [-1, -1], [-1, 4], [-1, -1]]


def test_a_batch_holds_the_ratings_of_what_is_read_and_never_those_of_the_targets_only():
    log = rated(log_of([1, 2, 3, 4, 5], [6, 7]), 1, 2, 3, 4, 5, 4, 1)
    batch = training_windows(log, max_length=2).batch()
    assert batch.items_BL.tolist() == [[3, 4], [1, 2], [PAD, 6]]
    assert batch.ratings_BL.nan_to_num(-1).tolist() == [[3, 4], [1, 2], [-1, 4]]
    assert torch.equal(batch.to(torch.device("cpu")).ratings_BL.isnan(), batch.items_BL == PAD)
    assert training_windows(log_of([1, 2]), max_length=2).batch().ratings_BL is None
