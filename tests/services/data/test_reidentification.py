"""Uniqueness of users, counted by hand on tiny logs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recsys.data.dataset import TITLE, Dataset
from recsys.data.interactions import ITEM, TIME, USER, Interactions
from recsys.services.data.reidentification import DAY, headline, uniqueness, wilson


def dataset(rows: list[tuple[str, str, int]], *, with_times: bool = True) -> Dataset:
    frame = pd.DataFrame(rows, columns=[USER, ITEM, TIME])
    log = Interactions.from_frame(frame if with_times else frame.drop(columns=TIME))
    return Dataset("id", "Name", log, pd.DataFrame({TITLE: log.item_ids}), pd.DataFrame(index=range(log.num_users + 1)))


def shares(of: Dataset, *, with_day: bool) -> dict[int, float]:
    return {one.num_events: one.share for one in uniqueness(of) if one.with_day == with_day}


def test_items_that_only_one_user_has_identify_them() -> None:
    of = dataset([("a", "x", 0), ("b", "y", 0), ("c", "z", 0), ("d", "z", 0)])
    assert shares(of, with_day=False) == {1: 0.5}, "a and b, but neither c nor d"


def test_two_items_identify_where_each_alone_does_not() -> None:
    rows = [(user, item, 0) for user, items in {"a": "xy", "b": "yz", "c": "xz"}.items() for item in items]
    assert shares(dataset(rows), with_day=False) == {1: 0.0, 2: 1.0}


def test_the_day_tells_apart_what_the_item_does_not() -> None:
    of = dataset([("a", "x", 0), ("b", "x", DAY - 1), ("c", "x", DAY), ("c", "y", DAY)])
    assert shares(of, with_day=False)[2] == 1.0
    by_day = uniqueness(of)
    (one,) = [one for one in by_day if one.with_day and one.num_events == 1]
    assert one.share == pytest.approx(1 / 3), "a and b are of one day, c of the next"


def test_a_repeated_point_counts_once() -> None:
    of = dataset([("a", "x", 0), ("a", "x", 1), ("b", "x", 0), ("b", "y", 0)])
    assert [one.num_users for one in uniqueness(of) if not one.with_day] == [2, 1]


def test_without_times_there_are_items_only() -> None:
    of = dataset([("a", "x", 0), ("b", "y", 0), ("b", "x", 0)], with_times=False)
    assert {one.with_day for one in uniqueness(of)} == {False}


def test_it_agrees_with_counting_over_all_users() -> None:
    rng = np.random.default_rng(0)
    sets = [set(rng.choice(12, 4, replace=False).tolist()) for _ in range(40)]
    of = dataset([(f"u{user}", f"i{item}", 0) for user, items in enumerate(sets) for item in items])
    alone = np.mean([sum(one == other for other in sets) == 1 for one in sets])
    assert shares(of, with_day=False)[4] == pytest.approx(alone), "all 4 events of a user: nothing is left to chance"


def test_a_sample_has_the_number_of_users_asked_for() -> None:
    of = dataset([(f"u{user}", f"i{user % 7}", 0) for user in range(30)])
    (one,) = uniqueness(of, most_users=10)[:1]
    assert (one.num_users, one.interval) == (10, wilson(one.share, 10))


def test_the_interval_is_wilsons() -> None:
    low, high = wilson(0.5, 100)
    assert (round(low, 4), round(high, 4)) == (0.4038, 0.5962)
    assert (wilson(1.0, 10)[1], wilson(0.0, 10)[0]) == pytest.approx((1.0, 0.0))


def test_the_headline_names_the_most_events_with_their_day() -> None:
    rows = [(user, item, 0) for user, items in {"a": "xy", "b": "yz", "c": "xz"}.items() for item in items]
    assert headline(uniqueness(dataset(rows))) == (
        "2 events with their day identify 100% of these users (95% interval 43% to 100%)."
    )
    assert headline([]) is None
