import json

import numpy as np
import pytest

from benchmarks.attack import CANARIES, EVENTS, PREFIX, with_canaries
from benchmarks.counterfactuals import removed_in_order
from benchmarks.fairness import BASE, lower
from benchmarks.faithfulness import HEAD, places, table
from benchmarks.paired import paired
from benchmarks.quality import keep
from recsys.evaluation.metrics import per_user
from recsys.runs.trust_record import Figure, MethodTrust, Trust
from tests.worlds.ring_models import build, candidates, situation


def test_a_benchmark_keeps_the_models_it_was_not_asked_for(tmp_path):
    path, data = tmp_path / "quality.json", {"dataset_id": "d"}
    keep(path, data, "sasrec", {"seconds": 1})
    keep(path, data, "rnn", {"seconds": 2})
    keep(path, data, "rnn", {"seconds": 3})
    assert json.loads(path.read_text())["models"] == {"sasrec": {"seconds": 1}, "rnn": {"seconds": 3}}


def test_results_on_other_data_of_the_same_name_are_dropped(tmp_path):
    path = tmp_path / "quality.json"
    keep(path, {"dataset_id": "d"}, "sasrec", {"seconds": 1})
    keep(path, {"dataset_id": "other"}, "rnn", {"seconds": 2})
    assert json.loads(path.read_text()) == {"dataset": {"dataset_id": "other"}, "models": {"rnn": {"seconds": 2}}}


def test_a_user_counts_once_however_often_asked_for():
    found = paired(np.array([7, 7, 9]), np.array([0.0, 1.0, 0.3]))
    assert (found["users"], found["mean"]) == (2, pytest.approx(0.4))  # of .5 and .3


def test_a_gain_of_everybody_is_hardly_chance_and_one_of_half_of_them_is():
    users = np.arange(20)
    assert paired(users, np.full(20, 0.1))["p"] < 0.001  # 2 of 2 ** 20 changes of sign are as large
    assert paired(users, np.tile([0.1, -0.1], 10))["p"] == 1


def test_events_are_removed_in_the_order_given_until_the_item_has_left():
    model, history = build("ease"), [20, 9, 20]
    allowed = np.flatnonzero(candidates().mask([np.array(history)])[0])
    scores = model.scores([np.array(history)])[0].numpy()[allowed]
    asked = situation(model, history, item=int(allowed[scores.argmax()]))  # a neighbour of 20 on the ring
    assert removed_in_order(asked, [0, 2, 1]) == 2  # the first of two alike does nothing
    assert removed_in_order(asked, [1, 0]) is None


def test_the_place_of_attention_is_that_among_all_methods_by_gain():
    def method(name: str, gain: float, low: float) -> MethodTrust:
        one, zero = Figure(mean=gain, interval=(low, gain + 0.1)), Figure(mean=0.0, interval=None)
        return MethodTrust(method=name, deletion=zero, insertion=zero, undoes=zero, rebuilds=zero, gain=one, beyond_exact=None,
                           verdicts={"holds": 1, "weak": 1}, correlation=None, randomised=None, seconds=0.1)  # fmt: skip

    methods = (method("leave_one_out", 0.5, 0.4), method("attention", 0.1, -0.1), method("attention_rollout", 0.3, 0.2))
    found = Trust(weights_sha256="", seed=1, num_users=2, num_asked=2, random=methods[0].gain, methods=methods,
                  usual="leave_one_out", groups=(), why_not_randomised="", seconds=1.0, measured="")  # fmt: skip
    assert places(found) == {
        "attention": {"place": 3, "of": 3, "is_beyond_random": False},
        "attention_rollout": {"place": 2, "of": 3, "is_beyond_random": True},
    }
    rows = [HEAD.splitlines()[0], *table("sasrec", found)]
    assert len({row.count("|") for row in rows}) == 1
    assert "| 50% | 50% |" in rows[1]


def test_canaries_have_distinct_items_of_the_log_and_leave_it_as_it_is(tmp_path):
    rows = [f"{user}\t{item}\t{1 + item % 5}\t{step}" for user in range(4) for step, item in enumerate(range(40))]
    (tmp_path / "u.data").write_text("\n".join(rows) + "\n")
    log = with_canaries(tmp_path / "u.data")
    canaries = log[log["user_id"].astype(str).str.startswith(PREFIX)]
    assert (len(log), len(canaries)) == (160 + CANARIES * EVENTS, CANARIES * EVENTS)
    assert (canaries.groupby("user_id")["item_id"].nunique() == EVENTS).all()
    assert set(canaries["item_id"]) <= set(range(40))


def test_drawn_ranks_have_the_ndcg_that_is_planted():
    is_woman = np.arange(40_000) < 20_000
    ndcg = per_user(lower(0.05)(np.random.default_rng(1), is_woman), (10,))["ndcg@10"]
    assert (ndcg[is_woman].mean(), ndcg[~is_woman].mean()) == (
        pytest.approx(0.05, abs=0.005),
        pytest.approx(BASE, abs=0.005),
    )
