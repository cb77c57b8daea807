"""Events whose time is empty, broken or impossible: they may stay where the file says when they were, or without any times."""

import pytest

from recsys.errors import DataError
from tests.data.importing.tables import DAY, EVENTS, START, at_row, facts, load, log
from tests.worlds.decisions import faults


def rising(row, cell, step=1):
    """The log with times that rise by a day from row to row, and `cell` as the time of one row."""
    times = iter([START + step * number * DAY for number in range(len(EVENTS))])
    return log(time=at_row(row, cell, lambda _: str(next(times))))


def names(fault):
    return [treatment.name for treatment in fault.treatments]


@pytest.mark.parametrize(("cell", "key"), [("", "no_time"), ("soon", "bad_time"), ("0", "odd_time")])
def test_a_file_in_the_order_of_time_says_when_an_event_was(tmp_path, cell, key):
    assert names(faults(tmp_path, rising(3, cell))[key])[:3] == ["drop", "beside", "untimed"]


@pytest.mark.parametrize(("cell", "key"), [("", "no_time"), ("soon", "bad_time"), ("0", "odd_time")])
def test_a_file_in_another_order_does_not(tmp_path, cell, key):
    shuffled = log(time=at_row(3, cell))
    assert names(faults(tmp_path, shuffled)[key])[:2] == ["drop", "untimed"]
    with pytest.raises(DataError, match="no treatment"):
        load(tmp_path, shuffled, treatments={key: "beside"})


@pytest.mark.parametrize("step", [1, -1])
@pytest.mark.parametrize(("cell", "key"), [("", "no_time"), ("soon", "bad_time"), ("0", "odd_time")])
def test_an_event_gets_the_time_of_the_row_before(tmp_path, cell, key, step):
    loaded = load(tmp_path, rising(3, cell, step), treatments={key: "beside"})
    assert facts(loaded)["rows"] == 36
    times = sorted(loaded.interactions.times.tolist())
    whole = [START + step * number * DAY for number in range(36)]
    assert times == sorted([*whole[:3], whole[2], *whole[3:35]])


def test_the_first_event_gets_the_time_of_the_next_row(tmp_path):
    loaded = load(tmp_path, rising(0, "soon"), treatments={"bad_time": "beside"})
    assert sorted(loaded.interactions.times.tolist())[:2] == [START, START]


@pytest.mark.parametrize(("cell", "key"), [("", "no_time"), ("soon", "bad_time"), ("0", "odd_time")])
def test_events_can_stay_without_any_times(tmp_path, cell, key):
    loaded = load(tmp_path, log(time=at_row(3, cell)), treatments={key: "untimed"})
    assert (facts(loaded)["rows"], loaded.interactions.times) == (36, None)
    assert "time" not in loaded.report.roles and loaded.recipe.choices.mapping["time"] == ""


def test_fractions_of_a_second_follow_the_row_before(tmp_path):
    times = iter([f"{START + number}.25" for number in range(len(EVENTS))])
    loaded = load(tmp_path, log(time=at_row(3, "soon", lambda _: next(times))), treatments={"bad_time": "beside"})
    assert sorted(loaded.interactions.times.tolist())[2:4] == [START + 2, START + 2]
