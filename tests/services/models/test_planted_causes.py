"""Planted causes: found by the rule of the file, for the sample alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recsys.explain import EventContribution
from recsys.services.data.datasets import SAMPLES
from recsys.services.models.planted_causes import CUTS, Causes, _rank, causes, planted
from recsys.services.models.trust import measure, trust_of
from recsys.services.train.training import TrainRequest
from recsys.services.workspace import open_workspace
from recsys.services.workspace.open_run import OpenRun, open_run
from tests.worlds.shops import import_shop, train_small
from tests.worlds.trained_runs import import_sample_once, train_once

pytestmark = pytest.mark.usefixtures("few_orders")
CASES = 20


@pytest.fixture(scope="module")
def markov(tmp_path_factory: pytest.TempPathFactory) -> OpenRun:
    workspace = open_workspace(tmp_path_factory.mktemp("causes"))
    request = TrainRequest(import_sample_once(workspace), "markov", run_id="markov")
    return open_run(workspace, train_once(workspace, request))


@pytest.fixture(scope="module")
def found(markov: OpenRun) -> Causes:
    asked = causes(markov, most=CASES)
    assert asked is not None
    return asked


def test_every_planted_last_event_is_there_with_its_cause(markov: OpenRun) -> None:
    table = pd.read_csv(SAMPLES / "causes.csv").dropna(subset=["cause_item_id"])
    log, test = markov.dataset.interactions, markov.split.test
    last = set(zip(log.user_ids[test.users], log.item_ids[test.items], strict=True))
    assert len(planted(markov)) == sum(pair in last for pair in zip(table["user_id"], table["item_id"], strict=True))
    for row, place in planted(markov)[:20]:
        one = table[
            (table["user_id"] == log.user_ids[test.users[row]]) & (table["item_id"] == log.item_ids[test.items[row]])
        ]
        assert log.item_ids[test.history(row)[place]] == one["cause_item_id"].iloc[0]


def test_a_first_order_model_names_the_cause_far_above_chance(found: Causes) -> None:
    assert found.cases == CASES <= found.in_top <= found.planted
    assert 0.1 <= found.chance < 0.12  # the window of ten events; some histories are shorter
    assert found.by_method["leave_one_out"].recall[1] > 0.5


def test_recall_and_precision_belong_together(found: Causes) -> None:
    for shown in found.by_method.values():
        assert shown.recall[1] <= shown.recall[3]
        assert shown.precision == {1: shown.recall[1], 3: pytest.approx(shown.recall[3] / 3)}


def test_the_share_is_that_of_a_count_by_hand(markov: OpenRun, found: Causes) -> None:
    """Markov adds up: the cause is first where its own weighted link is the largest."""
    links, hits = markov.model.get_buffer("links").numpy(), []
    for row, place in planted(markov):
        history, item = markov.split.test.history(row), markov.split.test.items[row]
        scores = markov.model.scores([history])[0].numpy()
        rivals = markov.candidates.mask([history])[0]
        rivals[item] = True
        if (scores[rivals] > scores[item]).sum() < 10:
            window = history[-10:]
            weights = links[window, item] * 0.8 ** np.arange(len(window) - 1, -1, -1)
            hits.append(len(history) - len(window) + int(weights.argmax()) == place)
    assert found.by_method["links"].recall[1] == pytest.approx(np.mean(hits[:CASES]), abs=0.03)
    assert found.by_method["leave_one_out"].recall[1] == pytest.approx(np.mean(hits[:CASES]), abs=0.15)


def test_other_data_have_no_planted_causes(tmp_path_factory: pytest.TempPathFactory) -> None:
    home = tmp_path_factory.mktemp("shop")
    workspace = open_workspace(home / "home")
    train_small(workspace, import_shop(workspace, home, pictures=False), "markov", "markov")
    assert planted(open_run(workspace, "markov")) == []
    assert causes(open_run(workspace, "markov")) is None


def test_trust_tells_of_them(markov: OpenRun) -> None:
    shares: list[float] = []
    found = measure(markov, 2, lambda share, _: shares.append(share))
    asked = causes(markov, most=2)
    assert asked is not None and found.planted is not None
    assert found.planted.cases == 2
    assert {one.method: one.recall for one in found.planted.methods} == {
        n: f.recall for n, f in asked.by_method.items()
    }
    assert shares == sorted(shares) and shares[-1] == 1
    assert trust_of(markov) == found


def test_a_cause_that_the_model_did_not_read_is_never_among_the_first() -> None:
    read = [EventContribution(5, 3, 1.0)]
    assert _rank(read, 3) == 1
    assert _rank(read, 2) > max(CUTS) and _rank([], 2) > max(CUTS)
